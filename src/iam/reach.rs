//! What policies let their principal do at all, asked through the new-access decision.

use super::access::{Grants, Verdict, new_access, new_resource_access};
use super::document::{Condition, Document, Principal, Selection, Statement, Version};
use super::template::action_matches;
use super::{Effect, Request};

/// Limits of a question: only requests that meet all of them count.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    /// Only these actions.
    pub(super) actions: Vec<String>,
    /// Only resources that one of these patterns matches; empty: any.
    pub(super) resources: Vec<String>,
    /// Only this caller.
    pub(super) caller: Option<Principal>,
    /// Only requests to which none of these conditions applies.
    pub(super) never: Vec<Condition>,
}

/// What is known of a possibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// This request is allowed.
    Yes(Box<Request>),
    /// None is.
    No,
    /// It depends on what is not known here.
    Unknown,
}

impl Reach {
    /// Whether it cannot be ruled out.
    pub(super) fn possible(&self) -> bool {
        *self != Self::No
    }
}

/// Whether identity policies allow some request within limits.
pub(super) fn identity(grants: &Grants, limits: &Limits) -> Reach {
    let named = |action: &String| {
        grants
            .policies
            .iter()
            .any(|policy| policy.statements.iter().any(|s| allows(s, action)))
    };
    if !limits.actions.iter().any(named) {
        return Reach::No;
    }
    reach(new_access(&Grants::default(), &limited(grants, limits)))
}

/// Whether the policies on a resource allow some request within limits.
pub(super) fn resource(grants: &Grants, limits: &Limits) -> Reach {
    reach(new_resource_access(
        &Grants::default(),
        &limited(grants, limits),
    ))
}

fn reach(verdict: Verdict) -> Reach {
    match verdict {
        Verdict::Yes(request) => Reach::Yes(request),
        Verdict::No => Reach::No,
        Verdict::Unknown(_) => Reach::Unknown,
    }
}

/// Whether an Allow names an action, by itself or by a wildcard.
pub(super) fn allows(statement: &Statement, action: &str) -> bool {
    statement.effect == Effect::Allow && names(&statement.action, action)
}

fn names(selection: &Selection<String>, action: &str) -> bool {
    let mut patterns = selection.values.iter();
    patterns.any(|pattern| action_matches(pattern, action)) != selection.negated
}

/// The policies with a Deny on all that lies outside the limits.
fn limited(grants: &Grants, limits: &Limits) -> Grants {
    let all = || Selection::of(["*".to_owned()]);
    let deny = || Statement {
        sid: None,
        effect: Effect::Deny,
        principal: Some(Selection::of([Principal::Everyone])),
        action: all(),
        resource: Some(all()),
        conditions: Vec::new(),
    };
    let not = |values: &[String]| Selection {
        negated: true,
        values: values.to_vec(),
    };
    let mut statements = Vec::new();
    if !limits.actions.is_empty() {
        statements.push(Statement {
            action: not(&limits.actions),
            ..deny()
        });
    }
    if !limits.resources.is_empty() {
        statements.push(Statement {
            resource: Some(not(&limits.resources)),
            ..deny()
        });
    }
    if let Some(caller) = &limits.caller {
        statements.push(Statement {
            principal: Some(Selection {
                negated: true,
                values: vec![caller.clone()],
            }),
            ..deny()
        });
    }
    for condition in &limits.never {
        statements.push(Statement {
            conditions: vec![condition.clone()],
            ..deny()
        });
    }
    let mut grants = grants.clone();
    grants.policies.push(Document {
        version: Version::V2012,
        id: None,
        statements,
    });
    grants
}
