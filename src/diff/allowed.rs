//! The decision on policies, both ways, and the lines that a person reads of it.

use std::collections::BTreeSet;

use super::finding::PolicyLine;
use super::held::Policies;
use crate::iam::access::{Grants, Verdict, new_access, new_resource_access};
use crate::iam::document::{Document, Selection, Statement, Version};
use crate::iam::{Effect, Request};

/// What has become of what is allowed.
pub(super) enum Outcome {
    Same,
    Wider(Box<Request>),
    DenyLost(Box<Request>),
    Unknown(String),
    Narrower(Option<Box<Request>>),
    DenyGained(Box<Request>),
}

/// Compares two sets of policies both ways.
pub(super) fn decide(old: &Grants, new: &Grants, principals: bool) -> Outcome {
    let more = |from: &Grants, to: &Grants| {
        if principals {
            new_resource_access(from, to)
        } else {
            new_access(from, to)
        }
    };
    let forward = more(old, new);
    if let Verdict::Yes(request) = forward {
        return Outcome::Wider(request);
    }
    // A Deny counts against what other policies allow, too.
    let (old_denies, new_denies) = (denies(old), denies(new));
    let denies_changed = lines(&old_denies.policies) != lines(&new_denies.policies);
    let lost = if denies_changed {
        more(&new_denies, &old_denies)
    } else {
        Verdict::No
    };
    match (forward, lost) {
        (_, Verdict::Yes(request)) => return Outcome::DenyLost(request),
        (Verdict::Unknown(reason), _) | (_, Verdict::Unknown(reason)) => {
            return Outcome::Unknown(reason);
        }
        _ => {}
    }
    match more(new, old) {
        Verdict::Yes(request) => return Outcome::Narrower(Some(request)),
        Verdict::Unknown(_) => return Outcome::Narrower(None),
        Verdict::No => {}
    }
    if denies_changed && let Verdict::Yes(request) = more(&old_denies, &new_denies) {
        return Outcome::DenyGained(request);
    }
    Outcome::Same
}

/// The Denies, as what they deny.
fn denies(grants: &Grants) -> Grants {
    let policies = grants.policies.iter().map(|document| Document {
        statements: document
            .statements
            .iter()
            .filter(|s| s.effect == Effect::Deny)
            .map(|s| Statement {
                effect: Effect::Allow,
                ..s.clone()
            })
            .collect(),
        ..document.clone()
    });
    Grants::of(policies)
}

/// `${` is a variable in the newer version of the language and text in the older.
pub(super) fn variables_alike(before: &Policies<'_>, after: &Policies<'_>) -> bool {
    let versions = |p: &Policies<'_>| -> BTreeSet<Version> {
        p.documents()
            .iter()
            .filter(|d| format!("{d:?}").contains("${"))
            .map(|d| d.version)
            .collect()
    };
    versions(before) == versions(after)
}

/// Every statement taken apart: one line for each principal, action and resource.
pub(super) fn lines(documents: &[Document]) -> BTreeSet<PolicyLine> {
    documents
        .iter()
        .flat_map(|d| &d.statements)
        .flat_map(|statement| {
            let mut conditions: Vec<String> = statement
                .conditions
                .iter()
                .map(|c| {
                    let mut values = c.values.clone();
                    values.sort();
                    values.dedup();
                    format!(
                        "{} {} {}",
                        c.operator.to_lowercase(),
                        c.key.to_lowercase(),
                        values.join(" or ")
                    )
                })
                .collect();
            conditions.sort();
            let conditions = conditions.join(" and ");
            let principals: Vec<Option<String>> = match &statement.principal {
                None => vec![None],
                Some(selection) => each(selection, ToString::to_string)
                    .into_iter()
                    .map(Some)
                    .collect(),
            };
            let actions = each(&statement.action, |a| a.to_lowercase());
            let resources = match &statement.resource {
                None => vec!["*".to_owned()],
                Some(selection) => each(selection, Clone::clone),
            };
            let effect = format!("{:?}", statement.effect);
            let mut lines = Vec::new();
            for principal in &principals {
                for action in &actions {
                    for resource in &resources {
                        lines.push(PolicyLine {
                            effect: effect.clone(),
                            principal: principal.clone(),
                            action: action.clone(),
                            resource: resource.clone(),
                            conditions: conditions.clone(),
                        });
                    }
                }
            }
            lines
        })
        .collect()
}

fn each<T>(selection: &Selection<T>, text: impl Fn(&T) -> String) -> Vec<String> {
    let mut texts: Vec<String> = selection.values.iter().map(text).collect();
    if selection.negated {
        texts.sort();
        return vec![format!("not {}", texts.join(", "))];
    }
    texts
}
