//! What a deployer could still do to raise its own privilege, and what holds it.

use std::collections::BTreeSet;

use super::Stack;
use crate::graph::Value;
use crate::iam::Effect;
use crate::iam::access::Grants;
use crate::iam::document::{Condition, Document, Selection, Statement, Version};
use crate::iam::escalation::{Escalation, escalations};

/// A way to more privilege that the policies open, as every pipeline's must: it makes roles and hands them to code.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The path.
    pub escalation: Escalation,
    /// What holds it.
    pub held: Held,
    /// What is gained by it, and why no more.
    pub why: String,
}

/// What keeps an escalation path from leading further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// The permissions boundary of every role that it leads to.
    Boundary,
    /// It opens what the stack owns, and no role gains by it.
    OwnResources,
    /// Nothing.
    Nothing,
}

impl Held {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::OwnResources => "own-resources",
            Self::Nothing => "nothing",
        }
    }
}

/// Actions that write policies of resources, or let services use them.
const ON_RESOURCES: [&str; 3] = ["kms:CreateGrant", "kms:PutKeyPolicy", "s3:PutBucketPolicy"];

/// The escalation paths that policies open, each with what holds it.
pub fn standing(stack: &Stack<'_>, policies: &[Document]) -> Vec<Standing> {
    let grants = Grants::of(policies.iter().cloned());
    let around = around(stack, &grants);
    let bounded = stack.boundary.as_deref().is_some_and(|boundary| {
        let mut roles = stack.graph.of_type("aws_iam_role");
        roles.all(|r| r.get("permissions_boundary").and_then(Value::as_str) == Some(boundary))
    });
    let judge = |escalation: Escalation| {
        let path = escalation.path;
        let has = |prefix: &str| path.all_of.iter().any(|action| action.starts_with(prefix));
        if path
            .all_of
            .iter()
            .all(|a| ON_RESOURCES.contains(&a.as_str()))
        {
            let why = "it opens the stack's own key and buckets, or lets an AWS service use that key; no role gains by it";
            return Standing {
                escalation,
                held: Held::OwnResources,
                why: why.to_owned(),
            };
        }
        // Code runs as a role that the stack names; roles are written only where the boundary is on them.
        let code = path.passes_role() || has("lambda:");
        let (what, holds) = if code {
            (
                "its code runs as the stack's roles, and as no others",
                bounded,
            )
        } else {
            (
                "it writes the policies of the stack's roles, and of no others",
                !around.contains(&path.id),
            )
        };
        let (held, then) = match &stack.boundary {
            Some(boundary) if holds => (
                Held::Boundary,
                format!("each has the boundary {boundary}, so no more is gained than that allows"),
            ),
            Some(boundary) => (
                Held::Nothing,
                format!("the boundary {boundary} does not hold it"),
            ),
            None => (
                Held::Nothing,
                "nothing bounds them: give the environment a `permissions_boundary`".to_owned(),
            ),
        };
        Standing {
            escalation,
            held,
            why: format!("{what}; {then}"),
        }
    };
    escalations(&grants).into_iter().map(judge).collect()
}

/// The paths that stay open when nothing may be done to a role that has the boundary: they lead around it.
fn around(stack: &Stack<'_>, grants: &Grants) -> BTreeSet<String> {
    let mut without = grants.clone();
    without
        .policies
        .extend(stack.boundary.as_deref().map(nothing_to_bounded));
    escalations(&without)
        .into_iter()
        .map(|open| open.path.id.clone())
        .collect()
}

fn nothing_to_bounded(boundary: &str) -> Document {
    let all = || Selection::of(["*".to_owned()]);
    Document {
        version: Version::V2012,
        id: None,
        statements: vec![Statement {
            sid: None,
            effect: Effect::Deny,
            principal: None,
            action: all(),
            resource: Some(all()),
            conditions: vec![Condition {
                operator: "StringEquals".to_owned(),
                key: "iam:PermissionsBoundary".to_owned(),
                values: vec![boundary.to_owned()],
            }],
        }],
    }
}
