//! The graph as a question about reach sees it: who is there, under which ARN, and what flows where.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern;
use crate::catalog::aws::{kinds, region};
use crate::graph::{Graph, Kind, Part, Resource, Value};
use crate::iam::read::{name_of, place};
use crate::iam::{Effect, Permission, PolicyKind, action_matches};

/// A function.
pub(super) struct Function {
    pub(super) arn: String,
    /// Address of its role, where that is in the graph.
    pub(super) role: Option<String>,
}

/// A role.
pub(super) struct Role {
    pub(super) arn: String,
    /// Whether a permissions boundary cuts it.
    pub(super) bounded: bool,
    /// Who its trust policy lets in, in the form of the ledger.
    trusted: BTreeSet<String>,
}

/// Where a flow ends.
pub(super) enum Sink {
    /// Address.
    Function(String),
    /// ARN.
    Resource(String),
}

/// Something that hands on what is put into it.
pub(super) struct Flow {
    /// ARN.
    pub(super) from: String,
    pub(super) to: Sink,
}

/// Everything by address.
pub(super) struct Nodes {
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) flows: Vec<Flow>,
    named: BTreeMap<String, Named>,
    account: String,
}

/// Something that policies name.
struct Named {
    /// IAM prefix of its service.
    service: &'static str,
    /// Its ARN; `(address.arn)` where only apply knows it.
    arn: String,
}

impl Nodes {
    pub(super) fn of(graph: &Graph, permissions: &BTreeSet<Permission>) -> Self {
        let (region, account) = place(graph).unwrap_or_default();
        let mut nodes = Self {
            functions: BTreeMap::new(),
            roles: BTreeMap::new(),
            flows: Vec::new(),
            named: BTreeMap::new(),
            account,
        };
        let managed = || graph.resources.values().filter(|r| !r.address.data);
        for resource in managed() {
            if let Some(named) = nodes.named(resource, &region) {
                nodes.named.insert(resource.address.to_string(), named);
            }
        }
        for resource in managed().filter(|r| r.address.kind == "aws_iam_role") {
            let address = resource.address.to_string();
            let trusted = permissions.iter().filter(|p| {
                p.kind == PolicyKind::Trust && p.effect == Effect::Allow && p.holder == address
            });
            let role = Role {
                arn: nodes.arn(&address).unwrap_or_default().to_owned(),
                bounded: resource.get("permissions_boundary").is_some(),
                trusted: trusted.filter_map(|p| p.principal.clone()).collect(),
            };
            nodes.roles.insert(address, role);
        }
        for resource in managed().filter(|r| r.address.kind == "aws_lambda_function") {
            let address = resource.address.to_string();
            let role = resource
                .get("role")
                .and_then(|value| nodes.address_of(value, "aws_iam_role"));
            let function = Function {
                arn: nodes.arn(&address).unwrap_or_default().to_owned(),
                role: role.filter(|address| nodes.roles.contains_key(address)),
            };
            nodes.functions.insert(address, function);
        }
        nodes.flows = flows(graph, &nodes, permissions);
        nodes
    }

    fn named(&self, resource: &Resource, region: &str) -> Option<Named> {
        let kind = resource.address.kind.as_str();
        let text = |attribute: &str| resource.get(attribute).and_then(Value::text);
        let partition = region::partition(region);
        if kind == "aws_iam_role" {
            let name = text("name")?;
            let path = text("path").unwrap_or_else(|| "/".to_owned());
            return Some(Named {
                service: "iam",
                arn: format!("arn:{partition}:iam::{}:role{path}{name}", self.account),
            });
        }
        let mut kinds = kinds::kinds().iter();
        let facts = kinds.find(|facts| facts.terraform == kind)?;
        let arn = match name_of(kind).and_then(text) {
            Some(name) => facts
                .arn()
                .replace("${partition}", partition)
                .replace("${region}", region)
                .replace("${account}", &self.account)
                .replace("${name}", &name),
            None => unnamed(&format!("{}.arn", resource.address)),
        };
        Some(Named {
            service: &facts.iam_prefix,
            arn,
        })
    }

    /// ARN of what stands at an address.
    pub(super) fn arn(&self, address: &str) -> Option<&str> {
        self.named.get(address).map(|named| named.arn.as_str())
    }

    /// What an ARN is called: its address, or itself.
    pub(super) fn name(&self, arn: &str) -> String {
        let found = self.named.iter().find(|(_, named)| named.arn == arn);
        found.map_or(arn, |(address, _)| address).to_owned()
    }

    /// What an action of these services can act on: address and ARN.
    pub(super) fn of_services(&self, action: &str) -> impl Iterator<Item = (&String, &str)> {
        let (prefix, _) = action.split_once(':').unwrap_or(("*", ""));
        let prefix = if prefix == "sts" { "iam" } else { prefix }.to_owned();
        self.named
            .iter()
            .filter(move |(_, named)| action_matches(&prefix, named.service))
            .map(|(address, named)| (address, named.arn.as_str()))
    }

    /// A text with the ARNs of the graph in the place of `<address.arn>`.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            let Some((symbol, tail)) = after.split_once('>') else {
                return out + "<" + after;
            };
            let arn = symbol
                .rsplit_once('.')
                .and_then(|(address, _)| self.arn(address));
            match arn {
                Some(arn) => out.push_str(arn),
                None => out.push_str(&unnamed(symbol)),
            }
            rest = tail;
        }
        out + rest
    }

    /// Address of what a value is an attribute of, whose ARN it is, or whose name, where that is of this type.
    fn address_of(&self, value: &Value, kind: &str) -> Option<String> {
        match &value.kind {
            Kind::Symbol(symbol) => Some(symbol.rsplit_once('.')?.0.to_owned()),
            Kind::Template(parts) => match parts.as_slice() {
                [Part::Symbol(symbol)] => Some(symbol.rsplit_once('.')?.0.to_owned()),
                _ => None,
            },
            Kind::String(text) => {
                let found = self.named.iter().find(|(address, Named { arn, .. })| {
                    let name = arn.rsplit([':', '/']).next();
                    let of_kind = address.split('.').next() == Some(kind);
                    arn == text || of_kind && name == Some(text.as_str())
                });
                found.map(|(address, _)| address.clone())
            }
            _ => None,
        }
    }

    /// Whether a principal in the form of the ledger is a role.
    pub(super) fn names_role(&self, principal: &str, role: &str) -> bool {
        let Some(node) = self.roles.get(role) else {
            return false;
        };
        if principal == "*" {
            return true;
        }
        let Some(name) = principal.strip_prefix("AWS:") else {
            return false;
        };
        self.fill(name) == node.arn
    }

    /// Whether a role's trust policy lets another role of the same account in, by name.
    pub(super) fn trusts_role(&self, role: &str, by: &str) -> bool {
        let trusted = self.roles.get(role).map(|role| &role.trusted);
        trusted.is_some_and(|all| all.iter().any(|p| self.names_role(p, by)))
    }

    /// Whether it lets it in once an identity policy does too: by name, or by the account.
    pub(super) fn trusts_account(&self, role: &str, by: &str) -> bool {
        let account = |principal: &String| {
            let name = principal.strip_prefix("AWS:");
            name.is_some_and(|name| {
                name == self.account || name.ends_with(&format!(":iam::{}:root", self.account))
            })
        };
        self.trusts_role(role, by)
            || self
                .roles
                .get(role)
                .is_some_and(|role| role.trusted.iter().any(account))
    }

    /// Services that a role's trust policy lets in.
    pub(super) fn trusted_services(&self, role: &str) -> impl Iterator<Item = &str> {
        self.roles
            .get(role)
            .into_iter()
            .flat_map(|role| &role.trusted)
            .filter_map(|principal| principal.strip_prefix("Service:"))
    }
}

/// What stands for an ARN that only apply knows: no ARN has parentheses.
fn unnamed(symbol: &str) -> String {
    format!("({symbol})")
}

/// Resource types that hand on what is put into one thing to another, with the attributes that name the two (AWS
/// provider documentation of each).
const FLOWS: [(&str, &str, &str); 3] = [
    (
        "aws_lambda_event_source_mapping",
        "event_source_arn",
        "function_name",
    ),
    ("aws_pipes_pipe", "source", "target"),
    ("aws_sns_topic_subscription", "topic_arn", "endpoint"),
];

/// Blocks of `aws_s3_bucket_notification` with the attribute that names the receiver.
const NOTIFICATIONS: [(&str, &str); 3] = [
    ("lambda_function", "lambda_function_arn"),
    ("queue", "queue_arn"),
    ("topic", "topic_arn"),
];

fn flows(graph: &Graph, nodes: &Nodes, permissions: &BTreeSet<Permission>) -> Vec<Flow> {
    let mut flows = Vec::new();
    let mut add = |from: Option<&Value>, to: Option<&Value>| {
        if let Some((from, to)) = from.and_then(|v| source(nodes, v)).zip(to) {
            flows.extend(sink(graph, nodes, to).map(|to| Flow { from, to }));
        }
    };
    for resource in graph.resources.values().filter(|r| !r.address.data) {
        let kind = resource.address.kind.as_str();
        for (_, from, to) in FLOWS.iter().filter(|(of, _, _)| *of == kind) {
            add(resource.get(from), resource.get(to));
        }
        if kind == "aws_cloudwatch_event_target" {
            let bus = Value::from(Kind::String(bus_arn(graph, resource)));
            add(Some(&bus), resource.get("arn"));
        }
        if kind == "aws_s3_bucket_notification" {
            for (block, attribute) in NOTIFICATIONS {
                let blocks = resource.attributes.get(block).and_then(Value::elements);
                for block in blocks.unwrap_or_default() {
                    add(resource.get("bucket"), block.get(attribute));
                }
            }
        }
    }
    // A service that may invoke a function for a source does it for what is put there.
    for permission in permissions {
        let service = permission
            .principal
            .as_deref()
            .is_some_and(|p| p.starts_with("Service:"));
        if !service || !nodes.functions.contains_key(&permission.holder) {
            continue;
        }
        let sources = permission.conditions.values().flatten();
        for (_, values) in sources.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn")) {
            flows.extend(values.iter().map(|arn| Flow {
                from: nodes.fill(arn).trim_end_matches('*').to_owned(),
                to: Sink::Function(permission.holder.clone()),
            }));
        }
    }
    flows
}

/// ARN of the bus whose events reach a target, which names it or its ARN, or means the default one.
fn bus_arn(graph: &Graph, target: &Resource) -> String {
    let name = target.get("event_bus_name").and_then(Value::text);
    let name = name.unwrap_or_else(|| "default".to_owned());
    if name.starts_with("arn:") {
        return name;
    }
    let (region, account) = place(graph).unwrap_or_default();
    let partition = region::partition(&region);
    format!("arn:{partition}:events:{region}:{account}:event-bus/{name}")
}

/// ARN of what a value names.
fn source(nodes: &Nodes, value: &Value) -> Option<String> {
    let known = nodes
        .address_of(value, "aws_s3_bucket")
        .and_then(|address| {
            let arn = nodes.arn(&address);
            arn.map(str::to_owned)
        });
    known.or_else(|| {
        value
            .as_str()
            .filter(|text| text.starts_with("arn:"))
            .map(str::to_owned)
    })
}

fn sink(graph: &Graph, nodes: &Nodes, value: &Value) -> Option<Sink> {
    if let Some(address) = nodes.address_of(value, "aws_lambda_function") {
        if nodes.functions.contains_key(&address) {
            return Some(Sink::Function(address));
        }
        // An alias names its function.
        let alias = graph
            .resources
            .values()
            .find(|r| r.address.kind == "aws_lambda_alias" && r.address.to_string() == address);
        if let Some(function) = alias.and_then(|alias| alias.get("function_name")) {
            let address = nodes.address_of(function, "aws_lambda_function")?;
            return nodes
                .functions
                .contains_key(&address)
                .then_some(Sink::Function(address));
        }
        if let Some(arn) = nodes.arn(&address) {
            return Some(Sink::Resource(arn.to_owned()));
        }
    }
    let arn = value.as_str().filter(|text| text.starts_with("arn:"))?;
    let function = nodes
        .functions
        .iter()
        .find(|(_, function)| pattern::meets(arn, &function.arn));
    Some(match function {
        Some((address, _)) => Sink::Function(address.clone()),
        None => Sink::Resource(arn.to_owned()),
    })
}
