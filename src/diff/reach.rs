//! Who can connect to whom by security groups: their rules as one set, in blocks or as resources, however they are cut.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks::{each, values};
use super::cidr::Range;
use super::comparison::Comparison;
use super::finding::{Direction, Finding};
use crate::graph::{Graph, Kind, Resource, Value};
use crate::guardrail::Severity;

/// Rule of connections.
const REACH: &str = "SLG-NET-002";
/// Groups, which hold rules in blocks.
const GROUPS: [&str; 2] = ["aws_security_group", "aws_default_security_group"];
/// Resources that are one rule each.
const RULES: [&str; 3] = [
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
];
/// What a group has beside its rules.
const NO_RULES: [&str; 5] = [
    "description",
    "name",
    "revoke_rules_on_delete",
    "tags",
    "vpc_id",
];

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Peer {
    Range(Range),
    /// A group or a list of prefixes.
    Named(String),
    /// Any of these, known only when it is applied.
    Unknown(String),
}

/// What one rule lets through for one peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Opening {
    outward: bool,
    /// `None` for every protocol.
    protocol: Option<String>,
    ports: (i64, i64),
    peer: Peer,
}

/// The openings of each group, and which resource belongs to which.
#[derive(Default)]
struct Reach {
    groups: BTreeMap<String, BTreeSet<Opening>>,
    members: BTreeMap<String, String>,
}

impl Reach {
    /// Of a graph; `renamed` says how addresses are called on the other side.
    fn of(graph: &Graph, renamed: &BTreeMap<String, String>) -> Self {
        let mut reach = Self::default();
        for kind in GROUPS {
            for resource in graph.of_type(kind) {
                let address = resource.address.to_string();
                let group = format!("{}.id", renamed.get(&address).unwrap_or(&address));
                for (name, outward) in [("ingress", false), ("egress", true)] {
                    for block in each(resource.attributes.get(name)) {
                        reach.block(&group, block, outward);
                    }
                }
                reach.groups.entry(group.clone()).or_default();
                reach.members.insert(address, group);
            }
        }
        for kind in RULES {
            for resource in graph.of_type(kind) {
                reach.rule(kind, resource);
            }
        }
        reach
    }

    fn block(&mut self, group: &str, block: &Value, outward: bool) {
        let Kind::Map(fields) = &block.kind else {
            // A dynamic block over what is not known.
            if !block.is_null() {
                let peers = vec![Peer::Unknown(block.source())];
                self.add(group, outward, (None, ALL), peers);
            }
            return;
        };
        let peers = peers(group, |name| each(fields.get(name)));
        let one = |name: &str| fields.get(name);
        let through = through(one("protocol"), one("from_port"), one("to_port"));
        self.add(group, outward, through, peers);
    }

    fn rule(&mut self, kind: &str, resource: &Resource) {
        let address = resource.address.to_string();
        let text = |name: &str| resource.get(name).and_then(Value::text);
        let group = resource.get("security_group_id").and_then(name);
        let group = group.unwrap_or_else(|| address.clone());
        let peers = peers(&group, |name| values(resource, name));
        let outward = kind == "aws_vpc_security_group_egress_rule"
            || text("type").as_deref() == Some("egress");
        let protocol = resource.get("ip_protocol").or(resource.get("protocol"));
        let through = through(protocol, resource.get("from_port"), resource.get("to_port"));
        self.add(&group, outward, through, peers);
        self.members.insert(address, group);
    }

    fn add(
        &mut self,
        group: &str,
        outward: bool,
        (protocol, ports): (Option<String>, (i64, i64)),
        peers: Vec<Peer>,
    ) {
        let openings = self.groups.entry(group.to_owned()).or_default();
        openings.extend(peers.into_iter().map(|peer| Opening {
            outward,
            protocol: protocol.clone(),
            ports,
            peer,
        }));
    }
}

/// Every port.
const ALL: (i64, i64) = (i64::MIN, i64::MAX);

/// Attributes of blocks and of rules that say who is at the other end, and whether what they hold is named by its id.
const PEERS: [(&str, bool); 9] = [
    ("cidr_blocks", false),
    ("ipv6_cidr_blocks", false),
    ("cidr_ipv4", false),
    ("cidr_ipv6", false),
    ("prefix_list_ids", true),
    ("prefix_list_id", true),
    ("security_groups", true),
    ("source_security_group_id", true),
    ("referenced_security_group_id", true),
];

/// Everybody at the other end of a rule of a group.
fn peers<'v>(group: &str, all: impl Fn(&str) -> Vec<&'v Value>) -> Vec<Peer> {
    let said = PEERS.iter().flat_map(|(name, named)| {
        let values = all(name).into_iter();
        values.filter_map(|value| peer(value, *named))
    });
    let mut peers: Vec<Peer> = said.collect();
    let is_true = |value: &&Value| value.text().as_deref() == Some("true");
    if all("self").iter().any(is_true) {
        peers.push(Peer::Named(group.to_owned()));
    }
    peers
}

fn peer(value: &Value, named: bool) -> Option<Peer> {
    if value.is_null() || value.as_str() == Some("") {
        return None;
    }
    let text = name(value).unwrap_or_else(|| value.source());
    Some(match Range::parse(&text) {
        Some(range) => Peer::Range(range),
        // The id of a group is known by its address.
        None if named => Peer::Named(text),
        None => Peer::Unknown(text),
    })
}

/// A reference as it is written, any other value as its text.
fn name(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Symbol(symbol) => Some(symbol.clone()),
        _ => value.text(),
    }
}

/// Protocol and ports (EC2 API reference, `IpPermission`: -1 is everything).
fn through(
    protocol: Option<&Value>,
    from: Option<&Value>,
    to: Option<&Value>,
) -> (Option<String>, (i64, i64)) {
    let protocol = protocol
        .and_then(Value::text)
        .map(|p| p.to_lowercase())
        .map(|p| match p.as_str() {
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "1" => "icmp".to_owned(),
            "58" => "icmpv6".to_owned(),
            _ => p,
        })
        .filter(|p| p != "-1" && p != "all");
    let number = |value: Option<&Value>| value.and_then(Value::text)?.parse::<i64>().ok();
    let ports = match (number(from), number(to)) {
        (Some(from), Some(to)) if protocol.is_some() && from >= 0 && to >= from => (from, to),
        (Some(from), _)
            if protocol.as_deref().is_some_and(|p| p.starts_with("icmp")) && from >= 0 =>
        {
            (from, from)
        }
        _ => ALL,
    };
    (protocol, ports)
}

/// Whether an opening is one of others, or several together are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Yes,
    No,
    Unknown,
}

fn held(opening: &Opening, others: &BTreeSet<Opening>) -> Held {
    let same: Vec<&Opening> = others
        .iter()
        .filter(|o| o.outward == opening.outward)
        .filter(|o| o.protocol.is_none() || o.protocol == opening.protocol)
        .collect();
    // Between these ports nothing begins or ends.
    let (first, last) = opening.ports;
    let mut starts = BTreeSet::from([first]);
    for other in &same {
        let edges = [other.ports.0, other.ports.1.saturating_add(1)];
        starts.extend(edges.into_iter().filter(|at| *at > first && *at <= last));
    }
    let mut answer = Held::Yes;
    for port in starts {
        let at = same
            .iter()
            .filter(|o| o.ports.0 <= port && port <= o.ports.1);
        let peers: Vec<&Peer> = at.map(|o| &o.peer).collect();
        if peers.contains(&&opening.peer) {
            continue;
        }
        let unknown = peers.iter().any(|p| matches!(p, Peer::Unknown(_)));
        let ranges: Vec<Range> = peers
            .iter()
            .filter_map(|p| match p {
                Peer::Range(range) => Some(*range),
                _ => None,
            })
            .collect();
        let whole = || everywhere().iter().all(|all| all.is_held_by(&ranges));
        match &opening.peer {
            Peer::Range(range) if range.is_held_by(&ranges) => {}
            Peer::Unknown(_) if whole() => {}
            Peer::Range(_) | Peer::Named(_) if !unknown => return Held::No,
            _ => answer = Held::Unknown,
        }
    }
    answer
}

/// Every address, of either version.
fn everywhere() -> Vec<Range> {
    ["0.0.0.0/0", "::/0"]
        .iter()
        .filter_map(|text| Range::parse(text))
        .collect()
}

/// Which way a group goes, by how much, and whether it is what goes out of it.
fn change(old: &BTreeSet<Opening>, new: &BTreeSet<Opening>) -> Option<(Direction, Severity, bool)> {
    let not_held =
        |of: &BTreeSet<Opening>, by: &BTreeSet<Opening>, answer: Held| -> BTreeSet<Opening> {
            let open = of.iter().filter(|opening| held(opening, by) == answer);
            open.cloned().collect()
        };
    let more = not_held(new, old, Held::No);
    if let Some(first) = more.iter().find(|o| !o.outward).or(more.first()) {
        let severity = more.iter().map(|o| severity(o, new, old)).max();
        let severity = severity.unwrap_or(Severity::Medium);
        return Some((Direction::Widening, severity, first.outward));
    }
    let perhaps = not_held(new, old, Held::Unknown);
    if let Some(first) = perhaps.first() {
        return Some((Direction::Undetermined, Severity::High, first.outward));
    }
    let less = old.iter().find(|opening| held(opening, new) != Held::Yes)?;
    Some((Direction::Narrowing, Severity::Medium, less.outward))
}

fn severity(opening: &Opening, new: &BTreeSet<Opening>, old: &BTreeSet<Opening>) -> Severity {
    let ranges = |of: &BTreeSet<Opening>| -> Vec<Range> {
        let same = of.iter().filter(|o| o.outward == opening.outward);
        same.filter_map(|o| match o.peer {
            Peer::Range(range) => Some(range),
            _ => None,
        })
        .collect()
    };
    let (new, old) = (ranges(new), ranges(old));
    let named = matches!(opening.peer, Peer::Named(_));
    let all = everywhere();
    let whole = match opening.peer {
        Peer::Range(range) => {
            all.contains(&range)
                || all
                    .iter()
                    .any(|all| all.v6 == range.v6 && all.is_held_by(&new) && !all.is_held_by(&old))
        }
        _ => false,
    };
    match (opening.outward, whole) {
        _ if named => Severity::Medium,
        (false, true) => Severity::Critical,
        (false, false) | (true, true) => Severity::High,
        (true, false) => Severity::Medium,
    }
}

impl Comparison<'_> {
    /// Puts what the groups let through in the place of what is said of their rules one by one, where that differs.
    pub(super) fn reach(&self, old: &Graph, new: &Graph, found: &mut Vec<Finding>) {
        if !found.iter().any(|f| f.address.contains("security_group")) {
            return;
        }
        let (before, after) = (
            Reach::of(old, self.renamed),
            Reach::of(new, &BTreeMap::new()),
        );
        let none = BTreeSet::new();
        let groups: BTreeSet<&String> = before.groups.keys().chain(after.groups.keys()).collect();
        for group in groups {
            let a = before.groups.get(group).unwrap_or(&none);
            let b = after.groups.get(group).unwrap_or(&none);
            let members: BTreeSet<&String> = [&before, &after]
                .iter()
                .flat_map(|side| side.members.iter().filter(|(_, of)| *of == group))
                .map(|(address, _)| address)
                .collect();
            let came = |f: &Finding| f.path.is_empty() && members.contains(&f.address);
            let touched = found.iter().any(|f| is_of(f, &members) || came(f));
            if (a.is_empty() && b.is_empty()) || !touched {
                continue;
            }
            let change = change(a, b);
            let keep = |direction: Direction| match change {
                None => false,
                Some((Direction::Undetermined, ..)) => direction != Direction::Neutral,
                Some((wanted, ..)) => direction == wanted,
            };
            found.retain(|f| !is_of(f, &members) || keep(f.direction));
            let Some((direction, severity, outward)) = change else {
                continue;
            };
            let said = |f: &Finding| {
                is_of(f, &members)
                    && (f.direction == Direction::Widening || f.direction == direction)
                    && (f.severity >= severity || direction != Direction::Widening)
            };
            if found.iter().any(said) {
                continue;
            }
            let address = group.strip_suffix(".id").unwrap_or(group).to_owned();
            let resource = new.resources.values().find(|r| {
                let own = r.address.to_string();
                own == address || (members.contains(&own) && !r.address.data)
            });
            let address = resource.map_or(address, |r| r.address.to_string());
            let path = if outward { "egress" } else { "ingress" };
            let mut finding = self.finding(REACH, direction, severity, address, path);
            finding.meaning = super::table::meaning(
                direction,
                if outward {
                    "further addresses, ports or protocols can be reached"
                } else {
                    "further addresses can connect, or by further ports or protocols"
                },
            );
            finding.location = resource.and_then(|r| r.location.clone());
            found.push(finding);
        }
    }
}

/// Whether a finding is about the rules of a group.
fn is_of(finding: &Finding, members: &BTreeSet<&String>) -> bool {
    if !members.contains(&finding.address) {
        return false;
    }
    let first = finding.path.split('.').next().unwrap_or_default();
    let is_group = GROUPS
        .iter()
        .any(|kind| finding.address.contains(&format!("{kind}.")));
    let meta = ["lifecycle", "provider", "provisioner"];
    if is_group {
        !first.is_empty() && !NO_RULES.contains(&first) && !meta.contains(&first)
    } else {
        !["description", "tags"].contains(&first) && !meta.contains(&first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rules: &[(&str, (i64, i64), &str)]) -> BTreeSet<Opening> {
        let opening = |(protocol, ports, peer): &(&str, (i64, i64), &str)| Opening {
            outward: false,
            protocol: (*protocol != "-1").then(|| (*protocol).to_owned()),
            ports: *ports,
            peer: match (Range::parse(peer), peer.strip_prefix('?')) {
                (Some(range), _) => Peer::Range(range),
                (None, Some(unknown)) => Peer::Unknown(unknown.to_owned()),
                (None, None) => Peer::Named((*peer).to_owned()),
            },
        };
        rules.iter().map(opening).collect()
    }

    #[test]
    fn openings() {
        use Direction::{Narrowing, Undetermined, Widening};
        let web = ("tcp", (443, 443), "0.0.0.0/0");
        let office = ("tcp", (22, 22), "10.0.0.0/8");
        for (old, new, expected) in [
            (vec![web, office], vec![office, web], None),
            // Nothing is in the pool of addresses that was not there before.
            (
                vec![web, office],
                vec![web, ("tcp", (22, 22), "0.0.0.0/0")],
                Some(Widening),
            ),
            (
                vec![web],
                vec![("tcp", (443, 444), "0.0.0.0/0")],
                Some(Widening),
            ),
            (vec![web], vec![("-1", ALL, "0.0.0.0/0")], Some(Widening)),
            (vec![("-1", ALL, "0.0.0.0/0")], vec![web], Some(Narrowing)),
            (
                vec![web],
                vec![("udp", (443, 443), "0.0.0.0/0")],
                Some(Widening),
            ),
            (
                vec![office],
                vec![
                    ("tcp", (22, 22), "10.0.0.0/9"),
                    ("tcp", (22, 22), "10.128.0.0/9"),
                ],
                None,
            ),
            (
                vec![("tcp", (1, 9), "10.0.0.0/8")],
                vec![("tcp", (1, 4), "10.0.0.0/8"), ("tcp", (5, 9), "10.0.0.0/8")],
                None,
            ),
            (
                vec![office],
                vec![("tcp", (22, 22), "?var.a")],
                Some(Undetermined),
            ),
            (
                vec![("tcp", (22, 22), "?var.a")],
                vec![office],
                Some(Undetermined),
            ),
            (
                vec![office],
                vec![office, ("tcp", (22, 22), "sg-1")],
                Some(Widening),
            ),
            (
                vec![office, ("tcp", (22, 22), "sg-1")],
                vec![office],
                Some(Narrowing),
            ),
        ] {
            let found = change(&set(&old), &set(&new)).map(|(direction, ..)| direction);
            assert_eq!(found, expected, "{old:?} → {new:?}");
        }
    }
}
