//! What becomes of each resource: its attributes by the rows of the tables, its coming and going by what it is there for.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Nature, changes};
use super::finding::{ChangeKind, Direction, Finding};
use super::pair::Pairing;
use super::redact::{self, Shown};
use super::table::{self, meaning};
use super::{Question, blocks, callers, classify, lookups, meta, places, plain, policy};
use crate::graph::{Graph, Kind, Location, Resource, Value, schema};
use crate::guardrail::Severity;

/// Rule of what is known to open and close nothing.
pub(super) const OTHER: &str = "SLG-DIFF-000";
/// Rule of a resource that only the account has, of a type that no row judges.
const UNMANAGED: &str = "SLG-DIFF-050";
/// Rule of settings that no row judges.
const UNJUDGED: &str = "SLG-DIFF-051";
/// Rule of resources of a type that no row judges.
const UNKNOWN_TYPE: &str = "SLG-DIFF-052";

/// The rules of this module and what a widening means.
pub(super) const RULES: &[(&str, &str)] = &[
    (UNJUDGED, "a setting has changed that no rule judges"),
    (
        UNKNOWN_TYPE,
        "a resource comes or goes of a type that no rule judges",
    ),
];

/// `type.name` of resources that are on one side only: old ones that are gone, new ones.
pub(super) struct Gone {
    old: BTreeSet<String>,
    new: BTreeSet<String>,
}

pub(super) fn gone(old: &Graph, new: &Graph, renamed: &BTreeMap<String, String>) -> Gone {
    let plain = |graph: &Graph| -> BTreeSet<String> {
        // What is looked up is there without Terraform.
        let managed = graph.resources.keys().filter(|a| !a.data);
        managed
            .map(|a| format!("{}{}.{}", a.prefix(), a.kind, a.name))
            .collect()
    };
    let base = |address: &str| address.split('[').next().unwrap_or(address).to_owned();
    let (old, new) = (plain(old), plain(new));
    let kept: BTreeSet<String> = renamed.keys().map(|a| base(a)).collect();
    let came: BTreeSet<String> = renamed.values().map(|a| base(a)).collect();
    Gone {
        old: old
            .iter()
            .filter(|a| !new.contains(*a) && !kept.contains(*a))
            .cloned()
            .collect(),
        new: new
            .iter()
            .filter(|a| !old.contains(*a) && !came.contains(*a))
            .cloned()
            .collect(),
    }
}

pub(super) struct Comparison<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) account: Option<&'a str>,
    pub(super) natures: (Nature, Nature),
    pub(super) sides: &'a policy::Sides<'a>,
    pub(super) renamed: &'a BTreeMap<String, String>,
    pub(super) gone: Gone,
}

impl Comparison<'_> {
    pub(super) fn finding(
        &self,
        rule: &str,
        direction: Direction,
        severity: Severity,
        address: String,
        path: &str,
    ) -> Finding {
        Finding::new(rule, direction, severity, self.question.kind, address, path)
    }

    /// A resource as it is on each side.
    pub(super) fn pair(
        &self,
        before: Option<&Resource>,
        after: Option<&Resource>,
        found: &mut Vec<Finding>,
    ) {
        match (before, after) {
            (Some(before), Some(after)) => self.both(before, after, found),
            (Some(before), None) => self.removed(before, found),
            (None, Some(after)) => self.added(after, found),
            (None, None) => {}
        }
    }

    /// A resource that is on both sides.
    fn both(&self, before: &Resource, after: &Resource, found: &mut Vec<Finding>) {
        let written = self.natures == (Nature::Code, Nature::Code);
        match written.then(|| meta::of(before, after)).flatten() {
            Some((before, after)) => self.changed(&before, &after, found),
            None => self.changed(before, after, found),
        }
        if let Some(now) = self.renamed.get(&before.address.to_string()) {
            let mut finding =
                self.finding(OTHER, Direction::Neutral, Severity::Low, now.clone(), "");
            // Code is compared with an account by identity: there is no address to be renamed.
            if self.question.pairing == Pairing::Address {
                finding.meaning = format!("called {} before", before.address);
                finding.location.clone_from(&after.location);
                found.push(finding);
            }
        }
    }

    /// The attributes that differ.
    fn changed(&self, before: &Resource, after: &Resource, found: &mut Vec<Finding>) {
        let kind = after.address.kind.as_str();
        let changes = changes((before, self.natures.0), (after, self.natures.1));
        if changes.is_empty() {
            return;
        }
        // Where something was found, and where rows looked and found nothing.
        let (mut judged_paths, mut looked): (Vec<String>, Vec<&str>) = Default::default();
        let held = (&self.sides.before, &self.sides.after);
        let callers = callers::Callers::of((before, held.0), (after, held.1));
        for row in table::rows(kind) {
            if callers.as_ref().is_some_and(|c| c.covers(&row.path)) {
                judged_paths.push(row.path.clone());
                continue;
            }
            let concerns = |c: &Change| within(&c.path, &row.path) || within(&row.path, &c.path);
            if !changes.iter().any(concerns) {
                continue;
            }
            if !row.kinds.is_empty() && !row.kinds.contains(&self.question.kind) {
                continue;
            }
            if row.path == "permissions_boundary"
                && self
                    .sides
                    .boundaries_known(&before.address.to_string(), &after.address.to_string())
            {
                continue;
            }
            for mut judged in classify::judge(row, before, after, self.account) {
                if self.question.kind == ChangeKind::Drift {
                    judged.severity = judged.severity.max(row.drift.unwrap_or(judged.severity));
                }
                let mut finding = self.judged(row, &judged, before, after);
                match &callers {
                    Some(callers) => callers.tell(&mut finding),
                    None => callers::tell_tokens(&mut finding, before, after),
                }
                judged_paths.push(finding.path.clone());
                found.push(finding);
            }
            // What a row looked at and found no difference in is none; what stands beside it in a block may be one.
            looked.push(match row.compare {
                table::Compare::Names(_) | table::Compare::SecretNames => continue,
                _ => row.path.as_str(),
            });
        }
        for change in &changes {
            let judged = judged_paths
                .iter()
                .any(|path| within(&change.path, path) || within(path, &change.path))
                || looked.iter().any(|path| within(&change.path, path));
            if judged || places::covers(kind, &change.path) {
                continue;
            }
            found.push(self.unjudged(before, after, change));
        }
    }

    /// What no row judges: of a type that matters it may be anything, unless it is known to be nothing.
    fn unjudged(&self, before: &Resource, after: &Resource, change: &Change) -> Finding {
        let kind = after.address.kind.as_str();
        let mut finding = self.finding(
            OTHER,
            Direction::Neutral,
            Severity::Low,
            after.address.to_string(),
            &change.path,
        );
        let (old, new) = (change.before.as_ref(), change.after.as_ref());
        (finding.before, finding.after) = redact::both(kind, &change.path, old, new);
        finding.location = place(after, &change.path).or_else(|| place(before, &change.path));
        let identifies = table::identity(kind)
            .is_some_and(|i| i.attributes.contains(&change.path) && change.path.ends_with("name"));
        if identifies {
            "replaced under another name: what it holds goes with the old one"
                .clone_into(&mut finding.meaning);
            return finding;
        }
        if lookups::is(kind) {
            (finding.direction, finding.meaning) = lookups::meaning();
            lookups::LOOKED_UP.clone_into(&mut finding.rule);
            finding.severity = Severity::Medium;
        } else if self.may_matter(kind, change) {
            finding.direction = Direction::Undetermined;
            UNJUDGED.clone_into(&mut finding.rule);
            finding.severity = Severity::Medium;
            "no rule judges this setting: look at it".clone_into(&mut finding.meaning);
        }
        finding
    }

    /// Whether a change that no row judges may open something. An account, and what a plan does not know yet, differ
    /// in more than what was written.
    fn may_matter(&self, kind: &str, change: &Change) -> bool {
        let written = match self.natures {
            (Nature::Code, Nature::Code) => true,
            (Nature::Real, Nature::Real) => change.after.as_ref().is_none_or(Value::is_known),
            _ => false,
        };
        written
            && self.question.kind == ChangeKind::Pending
            && !plain::attribute(kind, &change.path)
    }

    /// Whether nothing is known of a type.
    fn is_unknown(&self, kind: &str) -> bool {
        let known = table::knows(kind)
            || plain::kind(kind)
            || plain::knows(kind)
            || schema::resource(kind, false).is_some();
        self.question.kind == ChangeKind::Pending
            && self.natures.0 == self.natures.1
            && !known
            && !lookups::is(kind)
    }

    /// What a resource that is new opens by its settings.
    fn born(&self, after: &Resource, found: &mut Vec<Finding>) {
        if self.question.kind != ChangeKind::Pending || self.natures.0 != self.natures.1 {
            return;
        }
        let nothing = Resource {
            attributes: BTreeMap::new(),
            ..after.clone()
        };
        for row in table::rows(&after.address.kind).filter(|row| row.new) {
            let judged = classify::judge(row, &nothing, after, self.account);
            let wider = judged.into_iter().filter(|judged| {
                judged.direction == Direction::Widening && judged.severity >= Severity::High
            });
            found.extend(wider.map(|judged| self.judged(row, &judged, &nothing, after)));
        }
    }

    /// The finding of a row.
    fn judged(
        &self,
        row: &table::Row,
        judged: &classify::Judged,
        before: &Resource,
        after: &Resource,
    ) -> Finding {
        let path = match &judged.part {
            Some(part) => format!("{}.{part}", row.path),
            None => row.path.clone(),
        };
        let mut finding = self.finding(
            &row.rule,
            judged.direction,
            judged.severity,
            after.address.to_string(),
            &path,
        );
        (finding.before, finding.after) = shown(before, after, &path);
        finding.meaning = row.meaning(judged.direction, judged.milder);
        finding.location = place(after, &path).or_else(|| place(before, &path));
        finding
    }

    fn added(&self, after: &Resource, found: &mut Vec<Finding>) {
        let kind = after.address.kind.as_str();
        let drift = self.question.kind == ChangeKind::Drift;
        if places::carrier(kind) {
            return;
        }
        self.born(after, found);
        let presence = table::presence(kind);
        if presence.is_none() && lookups::is(kind) {
            return;
        }
        let beside_new = is_beside(presence, after, &self.gone.new);
        let (rule, direction, severity, means) = match presence {
            Some(p) if drift => {
                let severity = match p.unmanaged {
                    Some(unmanaged) => unmanaged.severity(),
                    None if p.role == table::Role::Opens => Some(p.severity),
                    None => None,
                };
                match severity {
                    Some(severity) => (
                        p.rule.as_str(),
                        Direction::Widening,
                        severity,
                        unmanaged_sentence(p),
                    ),
                    None => (
                        p.rule.as_str(),
                        Direction::Neutral,
                        Severity::Low,
                        String::new(),
                    ),
                }
            }
            Some(p) => match p.role {
                table::Role::Opens => (
                    p.rule.as_str(),
                    Direction::Widening,
                    p.severity,
                    p.means.clone(),
                ),
                // What is protected is new itself: there was nothing to protect.
                table::Role::Protects if !beside_new => (
                    p.rule.as_str(),
                    Direction::Narrowing,
                    p.severity,
                    meaning(Direction::Narrowing, &p.means),
                ),
                _ => (OTHER, Direction::Neutral, Severity::Low, String::new()),
            },
            None if drift => (
                UNMANAGED,
                Direction::Undetermined,
                Severity::Medium,
                "it is in the account and not in the code".to_owned(),
            ),
            None if self.is_unknown(kind) => (
                UNKNOWN_TYPE,
                Direction::Undetermined,
                Severity::Medium,
                "no rule judges resources of this type: look at it".to_owned(),
            ),
            None => (OTHER, Direction::Neutral, Severity::Low, String::new()),
        };
        let severity = self.severer(presence, after, severity, direction);
        let mut finding = self.finding(rule, direction, severity, after.address.to_string(), "");
        if drift {
            finding.kind = ChangeKind::Unmanaged;
        }
        finding.meaning = match callers::of_new(after, &self.sides.after) {
            _ if means.is_empty() => "new".to_owned(),
            Some(callers) => format!("{means}: {callers}"),
            None => means,
        };
        finding.location.clone_from(&after.location);
        found.push(finding);
    }

    fn removed(&self, before: &Resource, found: &mut Vec<Finding>) {
        let kind = before.address.kind.as_str();
        if places::carrier(kind) || !(self.question.complete)(kind) {
            return;
        }
        let presence = table::presence(kind);
        if presence.is_none() && lookups::is(kind) {
            return;
        }
        let beside_gone = is_beside(presence, before, &self.gone.old);
        let (rule, direction, severity, means) = match presence {
            Some(p) => match p.role {
                table::Role::Opens => (
                    p.rule.as_str(),
                    Direction::Narrowing,
                    p.severity,
                    meaning(Direction::Narrowing, &p.means),
                ),
                // What it protected goes too.
                table::Role::Protects if !beside_gone => (
                    p.rule.as_str(),
                    Direction::Widening,
                    p.severity,
                    p.means.clone(),
                ),
                _ => (OTHER, Direction::Neutral, Severity::Low, String::new()),
            },
            None if self.is_unknown(kind) => (
                UNKNOWN_TYPE,
                Direction::Undetermined,
                Severity::Medium,
                "removed, and no rule judges resources of this type: look at it".to_owned(),
            ),
            None => (OTHER, Direction::Neutral, Severity::Low, String::new()),
        };
        let severity = self.severer(presence, before, severity, direction);
        let mut finding = self.finding(rule, direction, severity, before.address.to_string(), "");
        finding.meaning = match (means.is_empty(), self.question.kind) {
            (false, _) => means,
            (true, ChangeKind::Drift) => "it is in the code and not in the account".to_owned(),
            (true, _) => "removed".to_owned(),
        };
        finding.location.clone_from(&before.location);
        found.push(finding);
    }

    fn severer(
        &self,
        presence: Option<&table::Presence>,
        resource: &Resource,
        least: Severity,
        direction: Direction,
    ) -> Severity {
        let Some(presence) = presence.filter(|_| direction != Direction::Neutral) else {
            return least;
        };
        presence.severer.iter().fold(least, |severity, s| {
            let values = blocks::values(resource, &s.path);
            let texts: Vec<String> = values.iter().filter_map(|v| v.text()).collect();
            let texts: Vec<&String> = texts.iter().collect();
            classify::severer(&presence.severer, &s.path, severity, &texts, self.account)
        })
    }
}

/// Whether what a resource protects, or shows, comes or goes with it.
fn is_beside(
    presence: Option<&table::Presence>,
    resource: &Resource,
    others: &BTreeSet<String>,
) -> bool {
    let of = presence.map_or(&[][..], |p| &p.of);
    let matters = |address: &String| {
        let kind = address.rsplit('.').nth(1);
        of.is_empty() || of.iter().any(|of| Some(of.as_str()) == kind)
    };
    let mut beside = resource.references.iter().filter(|r| others.contains(*r));
    beside.any(matters)
}

/// The values of an attribute as they may be shown; several, as through blocks, as a list.
fn shown(before: &Resource, after: &Resource, path: &str) -> (Option<Shown>, Option<Shown>) {
    let value = |resource: &Resource| match blocks::values(resource, path).as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        several => {
            let list = several.iter().map(|v| (*v).clone()).collect();
            Some(Value::from(Kind::List(list)))
        }
    };
    let (old, new) = (value(before), value(after));
    redact::both(&after.address.kind, path, old.as_ref(), new.as_ref())
}

fn unmanaged_sentence(presence: &table::Presence) -> String {
    match presence.role {
        table::Role::Opens | table::Role::Neutral => presence.means.clone(),
        table::Role::Protects => "it is in the account and not in the code".to_owned(),
    }
}

/// Whether a path is another or stands below it.
fn within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Line of an attribute, or of the nearest block that is written.
fn place(resource: &Resource, path: &str) -> Option<Location> {
    let location = resource.location.as_ref()?;
    let mut path = Some(path);
    while let Some(written) = path {
        if let Some(line) = resource.attribute_lines.get(written) {
            return Some(Location {
                line: *line,
                ..location.clone()
            });
        }
        path = written.rsplit_once('.').map(|(block, _)| block);
    }
    Some(location.clone())
}
