//! What code that runs as a function could reach: by its own role, and through the functions it may invoke or change,
//! the roles it may take on and those it may pass.
//!
//! An upper bound: a line of a policy counts unless it is sure that a Deny takes all of it away. Conditions are taken to
//! hold, but for `lambda:SourceFunctionArn`, which is known for a function's own code (AWS Lambda developer guide, "Using
//! source function ARN to control function access behavior"); a permissions boundary is not looked into. Not followed:
//! what leads out of the graph, and rules of event buses.

mod access;
mod nodes;
mod pattern;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

pub use access::{Access, Class};
use nodes::Nodes;

use super::access::Grants;
use super::document::{Condition, Document};
use super::reach::{self, Limits};
use super::template::action_matches;
use super::{Effect, Permission, PolicyKind};
use crate::catalog::aws::risk;
use crate::graph::Graph;

/// What a function could reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blast {
    /// Everything it could do, with the shortest way to it; sorted.
    pub reaches: Vec<Reached>,
    /// Functions that work on what it can write, sorted.
    pub influences: Vec<Influence>,
    /// Addresses of roles on the way whose permissions boundary may take something away.
    pub bounded: BTreeSet<String>,
    /// What is not known: what functions and roles outside of the graph may do.
    pub unknown: BTreeSet<String>,
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// How it gets there; empty: by its own role.
    pub chain: Vec<Step>,
    /// What kind of thing it acts on.
    pub class: Class,
    /// What it does to it.
    pub access: Access,
    /// Address of it, where it is in the graph.
    pub target: Option<String>,
    /// The resource as the policy names it.
    pub resource: String,
    /// The action as the policy names it.
    pub action: String,
}

/// A step from one principal to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum Step {
    /// Makes a function run, with input of its choice.
    Invokes {
        /// Its address.
        function: String,
    },
    /// Puts other code, or other settings, into a function.
    Changes {
        /// Its address.
        function: String,
    },
    /// Acts as a role.
    Assumes {
        /// Its address.
        role: String,
    },
    /// Gives a role to a service, which acts as it.
    Passes {
        /// Its address.
        role: String,
        /// The services that it may be passed to and that may assume it.
        to: Vec<String>,
        /// Whether it also has the actions with which one of them is known to take a role.
        usable: bool,
    },
}

impl Step {
    /// Address of the function or role that it leads to.
    pub fn subject(&self) -> &str {
        match self {
            Self::Invokes { function } | Self::Changes { function } => function,
            Self::Assumes { role } | Self::Passes { role, .. } => role,
        }
    }
}

/// A function that works on what another writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Influence {
    /// Its address.
    pub function: String,
    /// Through what, in order: addresses, or ARNs of what is not in the graph.
    pub via: Vec<String>,
    /// What it could do by its own role.
    pub reaches: Vec<Reached>,
}

/// What code that runs as the function at an address could reach; none if there is no such function.
pub fn blast(graph: &Graph, permissions: &BTreeSet<Permission>, function: &str) -> Option<Blast> {
    let nodes = Nodes::of(graph, permissions);
    let start = nodes.functions.get(function)?;
    let mut search = Search {
        nodes: &nodes,
        permissions,
        blast: Blast::default(),
        seen: BTreeSet::new(),
        waiting: VecDeque::new(),
    };
    match &start.role {
        Some(role) => search.visit(role, Vec::new(), Some(&start.arn)),
        None => search.unknown(function),
    }
    while let Some((role, chain, code)) = search.waiting.pop_front() {
        search.follow(&role, &chain, code.as_deref());
    }
    let mut blast = search.blast;
    blast.influences = influences(&nodes, permissions, &blast.reaches, function);
    blast.reaches.sort();
    blast.reaches.dedup();
    Some(blast)
}

struct Search<'a> {
    nodes: &'a Nodes,
    permissions: &'a BTreeSet<Permission>,
    blast: Blast,
    /// Roles, and as whose code: none as anyone, which takes in all others.
    seen: BTreeSet<(String, Option<String>)>,
    /// Role, the way to it, and the ARN of the function whose code acts as it.
    waiting: VecDeque<(String, Vec<Step>, Option<String>)>,
}

impl Search<'_> {
    fn visit(&mut self, role: &str, chain: Vec<Step>, code: Option<&str>) {
        let code = code.map(str::to_owned);
        let anyone = self.seen.contains(&(role.to_owned(), None));
        if !anyone && self.seen.insert((role.to_owned(), code.clone())) {
            self.waiting.push_back((role.to_owned(), chain, code));
        }
    }

    fn unknown(&mut self, function: &str) {
        let message = format!("the role of {function} is not of this stack");
        self.blast.unknown.insert(message);
    }

    /// Everything a role may do, and the principals it leads to.
    fn follow(&mut self, role: &str, chain: &[Step], code: Option<&str>) {
        if self.nodes.roles.get(role).is_some_and(|role| role.bounded) {
            self.blast.bounded.insert(role.to_owned());
        }
        let lines = open_lines(self.nodes, self.permissions, role, code);
        let direct = direct(self.nodes, &lines, chain);
        for reached in &direct {
            let leads_on = matches!(
                reached.access,
                Access::Invoke | Access::Assume | Access::Pass
            );
            if leads_on && reached.target.is_none() {
                let resource = &reached.resource;
                let message =
                    format!("what {resource} may do is not known: it is not of this stack");
                self.blast.unknown.insert(message);
            }
        }
        self.blast.reaches.extend(direct);
        for step in self.steps(role, &lines) {
            let mut chain = chain.to_vec();
            chain.push(step.clone());
            match &step {
                Step::Invokes { function } | Step::Changes { function } => {
                    let Some(node) = self.nodes.functions.get(function) else {
                        continue;
                    };
                    match &node.role {
                        Some(role) => self.visit(role, chain, Some(&node.arn)),
                        None => self.unknown(function),
                    }
                }
                Step::Assumes { role } | Step::Passes { role, .. } => self.visit(role, chain, None),
            }
        }
    }

    fn steps(&self, role: &str, lines: &[Line]) -> BTreeSet<Step> {
        let mut steps = BTreeSet::new();
        for line in lines {
            let may = |actions: &[&str]| actions.iter().any(|a| action_matches(&line.action, a));
            for (address, function) in &self.nodes.functions {
                let function_meant = || pattern::meets(&line.resource, &function.arn);
                let function = address.clone();
                if may(&INVOKING) && function_meant() {
                    steps.insert(Step::Invokes { function });
                } else if may(&CHANGING) && function_meant() {
                    steps.insert(Step::Changes { function });
                }
            }
            for (address, target) in &self.nodes.roles {
                let role_meant = || pattern::meets(&line.resource, &target.arn);
                if may(&["sts:AssumeRole"])
                    && role_meant()
                    && self.nodes.trusts_account(address, role)
                {
                    steps.insert(Step::Assumes {
                        role: address.clone(),
                    });
                }
                if may(&["iam:PassRole"]) && role_meant() {
                    let to: Vec<String> = self
                        .nodes
                        .trusted_services(address)
                        .filter(|service| line.may_pass_to(service))
                        .map(str::to_owned)
                        .collect();
                    if !to.is_empty() {
                        steps.insert(Step::Passes {
                            role: address.clone(),
                            usable: to.iter().any(|service| takes_role(service, lines)),
                            to,
                        });
                    }
                }
            }
        }
        for address in self.nodes.roles.keys() {
            // Within an account a trust policy that names the role itself is enough.
            if address != role && self.nodes.trusts_role(address, role) {
                steps.insert(Step::Assumes {
                    role: address.clone(),
                });
            }
        }
        steps
    }
}

/// Actions that make a function run.
const INVOKING: [&str; 4] = [
    "lambda:InvokeFunction",
    "lambda:InvokeAsync",
    "lambda:InvokeFunctionUrl",
    "lambda:InvokeWithResponseStream",
];

/// Actions that let other code run as a function: its own code, or a layer (`risk.json`).
const CHANGING: [&str; 2] = [
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
];

/// Whether a principal has what a service needs besides `iam:PassRole` to act as a role.
fn takes_role(service: &str, lines: &[Line]) -> bool {
    let label = service.split('.').next().unwrap_or_default();
    let prefix = match label {
        "edgelambda" => "lambda",
        "ecs-tasks" => "ecs",
        other => other,
    };
    risk::privilege_escalation()
        .iter()
        .filter(|path| path.passes_role())
        .any(|path| {
            let mut others = path
                .all_of
                .iter()
                .filter(|action| *action != "iam:PassRole");
            let of_service = |action: &String| action.split(':').next() == Some(prefix);
            path.all_of.iter().any(of_service)
                && others.all(|action| {
                    lines
                        .iter()
                        .any(|line| action_matches(&line.action, action))
                })
        })
}

/// A line that a role may use.
struct Line {
    action: String,
    /// With attributes of the graph filled in.
    resource: String,
    /// As the policy has it.
    written: String,
    /// What `iam:PassedToService` may be; none: anything.
    passed_to: Option<BTreeSet<String>>,
}

impl Line {
    fn may_pass_to(&self, service: &str) -> bool {
        let allowed = self.passed_to.as_ref();
        allowed.is_none_or(|services| services.iter().any(|s| action_matches(s, service)))
    }
}

/// What a role may do by its own policies and by those of resources that name it, less what is surely denied.
fn open_lines(
    nodes: &Nodes,
    permissions: &BTreeSet<Permission>,
    role: &str,
    code: Option<&str>,
) -> Vec<Line> {
    let own = |p: &&Permission| p.kind == PolicyKind::Identity && p.holder == role;
    let denied = permissions
        .iter()
        .filter(own)
        .any(|p| p.effect == Effect::Deny);
    let grants = Grants::of([Document::from_permissions(permissions.iter().filter(own))]);
    // Its requests all name the function.
    let never: Vec<Condition> = code
        .map(|arn| Condition {
            operator: "StringNotEquals".to_owned(),
            key: "lambda:SourceFunctionArn".to_owned(),
            values: vec![arn.to_owned()],
        })
        .into_iter()
        .collect();
    let open = |p: &&Permission| {
        !denied || {
            let limits = Limits {
                actions: vec![p.action.clone()],
                resources: vec![p.resource.clone()],
                never: never.clone(),
                ..Limits::default()
            };
            reach::identity(&grants, &limits).possible()
        }
    };
    let allowed = |p: &&Permission| p.effect == Effect::Allow;
    let identity = permissions.iter().filter(own).filter(allowed).filter(open);
    let named = permissions.iter().filter(allowed).filter(|p| {
        let principal = p.principal.as_deref().unwrap_or_default();
        p.kind == PolicyKind::Resource && nodes.names_role(principal, role)
    });
    identity
        .map(|p| (p, p.resource.clone()))
        .chain(named.map(|p| {
            // A policy on a resource says * for the resource itself.
            let own = nodes.arn(&p.holder).filter(|_| p.resource == "*");
            (p, own.unwrap_or(&p.resource).to_owned())
        }))
        .map(|(p, written)| Line {
            action: p.action.clone(),
            resource: nodes.fill(&written),
            written,
            passed_to: passed_to(p),
        })
        .collect()
}

/// The services that a line may pass a role to.
fn passed_to(permission: &Permission) -> Option<BTreeSet<String>> {
    let operators = ["StringEquals", "StringLike"];
    let mut said = operators
        .iter()
        .filter_map(|operator| permission.conditions.get(*operator))
        .flatten()
        .filter(|(key, _)| key.eq_ignore_ascii_case("iam:PassedToService"))
        .map(|(_, values)| values.clone());
    said.next()
}

/// What lines allow, action by action, on what is in the graph and on the rest.
fn direct(nodes: &Nodes, lines: &[Line], chain: &[Step]) -> Vec<Reached> {
    let mut reached = Vec::new();
    for line in lines {
        for (class, access) in access::of(&line.action) {
            let mut targets: Vec<Option<String>> = Vec::new();
            let mut whole = false;
            for (address, arn) in nodes.of_services(&line.action) {
                if pattern::meets(&line.resource, arn) {
                    whole |= line.resource.starts_with(arn);
                    targets.push(Some(address.clone()));
                }
            }
            if !whole {
                targets.push(None);
            }
            reached.extend(targets.into_iter().map(|target| Reached {
                chain: chain.to_vec(),
                class,
                access,
                target,
                resource: line.written.clone(),
                action: line.action.clone(),
            }));
        }
    }
    reached
}

/// The functions that work on what is written, through queues, topics and the like.
fn influences(
    nodes: &Nodes,
    permissions: &BTreeSet<Permission>,
    reaches: &[Reached],
    function: &str,
) -> Vec<Influence> {
    let written: Vec<String> = reaches
        .iter()
        .filter(|r| matches!(r.access, Access::Write | Access::Grant) && r.class == Class::Data)
        .map(|r| nodes.fill(&r.resource))
        .collect();
    // Where a flow begins → the way to it.
    let mut ways: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting: VecDeque<String> = VecDeque::new();
    for flow in &nodes.flows {
        if written.iter().any(|line| pattern::meets(line, &flow.from)) {
            let way = vec![nodes.name(&flow.from)];
            ways.entry(flow.from.clone()).or_insert(way);
            waiting.push_back(flow.from.clone());
        }
    }
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(from) = waiting.pop_front() {
        let way = ways[&from].clone();
        for flow in nodes.flows.iter().filter(|flow| flow.from == from) {
            match &flow.to {
                nodes::Sink::Function(address) if address != function => {
                    found.entry(address.clone()).or_insert_with(|| way.clone());
                }
                nodes::Sink::Function(_) => {}
                nodes::Sink::Resource(arn) => {
                    if !ways.contains_key(arn) {
                        let mut way = way.clone();
                        way.push(nodes.name(arn));
                        ways.insert(arn.clone(), way);
                        waiting.push_back(arn.clone());
                    }
                }
            }
        }
    }
    found
        .into_iter()
        .map(|(function, via)| {
            let node = &nodes.functions[&function];
            let mut reaches = node.role.as_deref().map_or(Vec::new(), |role| {
                let lines = open_lines(nodes, permissions, role, Some(&node.arn));
                direct(nodes, &lines, &[])
            });
            reaches.sort();
            reaches.dedup();
            Influence {
                function,
                via,
                reaches,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
