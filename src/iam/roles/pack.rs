//! Permissions into managed policies: statements joined where that changes nothing, and shared out within IAM's size.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::catalog::aws::quotas;
use crate::iam::Effect;
use crate::iam::document::{Condition, Document, Selection, Statement, Version};

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// A name for it.
    pub name: String,
    /// What it says.
    pub document: Document,
}

impl ManagedPolicy {
    /// Its size as IAM counts it: characters without white space (IAM user guide, "IAM and STS quotas").
    pub fn size(&self) -> usize {
        size(&self.document)
    }

    /// The document as it is printed: single values without a list, as people write it.
    pub fn to_value(&self) -> Value {
        self.document.to_value()
    }
}

/// Permissions, one action on one resource each.
#[derive(Debug, Default)]
pub(super) struct Permits(BTreeMap<Key, BTreeMap<String, BTreeSet<String>>>);

/// Effect and conditions.
type Key = (Effect, Vec<Condition>);

/// Actions on resources: any of these on any of those.
type Block = (BTreeSet<String>, BTreeSet<String>);

impl Permits {
    /// One more.
    pub(super) fn add(
        &mut self,
        effect: Effect,
        action: &str,
        resource: &str,
        mut conditions: Vec<Condition>,
    ) {
        conditions.sort();
        let actions = self.0.entry((effect, conditions)).or_default();
        actions
            .entry(action.to_owned())
            .or_default()
            .insert(resource.to_owned());
    }

    /// Statements, each for actions that are allowed on the same resources, in a fixed order: by service, Deny last.
    fn statements(self) -> Vec<Statement> {
        let mut found: Vec<(Key, Block)> = Vec::new();
        for (key, actions) in self.0 {
            let mut by_resources: BTreeMap<BTreeSet<String>, BTreeSet<String>> = BTreeMap::new();
            for (action, resources) in actions {
                by_resources.entry(resources).or_default().insert(action);
            }
            for (resources, actions) in by_resources {
                found.push((key.clone(), (actions, resources)));
            }
        }
        found.sort_by(|(a, (actions, on)), (b, (others, at))| {
            (a.0, actions, on, &a.1).cmp(&(b.0, others, at, &b.1))
        });
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        found
            .into_iter()
            .map(|((effect, conditions), (actions, resources))| {
                let service = sid(effect, &actions);
                let number = numbers.entry(service.clone()).or_default();
                *number += 1;
                Statement {
                    sid: Some(format!("{service}{number}")),
                    effect,
                    principal: None,
                    action: Selection::of(actions),
                    resource: Some(Selection::of(resources)),
                    conditions,
                }
            })
            .collect()
    }
}

/// A statement's id without its number: the services it is about.
fn sid(effect: Effect, actions: &BTreeSet<String>) -> String {
    let services: BTreeSet<&str> = actions
        .iter()
        .filter_map(|action| action.split_once(':'))
        .map(|(service, _)| service)
        .collect();
    let name = |service: &str| -> String {
        let mut letters = service.chars().filter(char::is_ascii_alphanumeric);
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    };
    let about = if services.len() == 1 {
        services.into_iter().map(name).collect()
    } else {
        "Several".to_owned()
    };
    match effect {
        Effect::Allow => about,
        Effect::Deny => format!("Not{about}"),
    }
}

fn document(statements: Vec<Statement>) -> Document {
    Document {
        version: Version::V2012,
        id: None,
        statements,
    }
}

fn size(document: &Document) -> usize {
    document.to_value().to_string().chars().count()
}

fn quota(id: &str) -> usize {
    usize::try_from(quotas::quota(id).value).unwrap_or(usize::MAX)
}

/// Shares statements out, in order, each policy filled as far as it goes. A statement too long for a policy is halved
/// by its actions, then by its resources: both halves together say what it said.
pub(super) fn pack(name: &str, permits: Permits) -> Result<Vec<ManagedPolicy>, String> {
    let limit = quota("managed_policy_characters");
    let mut policies: Vec<Vec<Statement>> = vec![Vec::new()];
    let mut waiting: Vec<Statement> = permits.statements();
    waiting.reverse();
    while let Some(statement) = waiting.pop() {
        if size(&document(vec![statement.clone()])) > limit {
            let (first, second) = halves(statement)?;
            waiting.extend([second, first]);
            continue;
        }
        // The first policy that has room for it, so that few are needed.
        let room = policies.iter_mut().find(|policy| {
            let mut with = (*policy).clone();
            with.push(statement.clone());
            size(&document(with)) <= limit
        });
        match room {
            Some(policy) => policy.push(statement),
            None => policies.push(vec![statement]),
        }
    }
    let most = quota("role_managed_policies");
    if policies.len() > most {
        return Err(format!(
            "{} managed policies of {limit} characters are needed, and a role takes {most}: split the service",
            policies.len()
        ));
    }
    Ok(policies
        .into_iter()
        .enumerate()
        .map(|(index, statements)| ManagedPolicy {
            name: format!("{name}-{}", index + 1),
            document: document(statements),
        })
        .collect())
}

fn halves(statement: Statement) -> Result<(Statement, Statement), String> {
    let (mut first, mut second) = (statement.clone(), statement);
    let part = |selection: &mut Selection<String>, other: &mut Selection<String>| {
        let middle = selection.values.len() / 2;
        other.values.drain(..middle);
        selection.values.truncate(middle);
    };
    if first.action.values.len() > 1 {
        part(&mut first.action, &mut second.action);
    } else {
        match (&mut first.resource, &mut second.resource) {
            (Some(one), Some(other)) if one.values.len() > 1 => part(one, other),
            _ => return Err("a single permission is too long for a managed policy".to_owned()),
        }
    }
    let sid = first.sid.take().unwrap_or_default();
    first.sid = Some(format!("{sid}a"));
    second.sid = Some(format!("{sid}b"));
    Ok((first, second))
}

/// `{"schema": …, "policies": [{"name", "document"}]}`.
pub fn to_value(schema: &str, policies: &[ManagedPolicy]) -> Map<String, Value> {
    let policies: Vec<Value> = policies
        .iter()
        .map(|policy| json!({"name": policy.name, "document": policy.to_value()}))
        .collect();
    Map::from_iter([
        ("schema".to_owned(), json!(schema)),
        ("policies".to_owned(), json!(policies)),
    ])
}
