//! What rule tests are written with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::graph::{Graph, hcl};
use crate::guardrail::{Check, Context, Finding, Input, Report, rule};
use crate::iam::{Conditions, Effect, Permission, PolicyKind};

/// A graph from Terraform text, read as generated code is. Variables that the text uses and does
/// not declare are declared without a value.
#[track_caller]
pub(super) fn graph(text: &str) -> Graph {
    let mut text = text.to_owned();
    let variables: BTreeSet<String> = text
        .split("var.")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect();
    for name in variables {
        if !text.contains(&format!("variable \"{name}\"")) {
            write!(text, "\nvariable \"{name}\" {{}}\n").unwrap();
        }
    }
    match hcl::read(&BTreeMap::from([("main.tf".into(), text.clone())]), &[]) {
        Ok(graph) => graph,
        Err(errors) => panic!("{errors:#?}\n{text}"),
    }
}

/// Runs something on a context of a graph and permissions.
pub(super) fn on<T>(
    graph: &Graph,
    permissions: &[Permission],
    run: impl FnOnce(&Context<'_>) -> T,
) -> T {
    let permissions: BTreeSet<Permission> = permissions.iter().cloned().collect();
    run(&Context::new(&Input {
        graph,
        permissions: &permissions,
        environment: "dev",
        permissions_boundary: None,
    }))
}

/// Findings of one rule on a graph and permissions.
pub(super) fn findings(id: &str, graph: &Graph, permissions: &[Permission]) -> Vec<Finding> {
    on(graph, permissions, |context| {
        let rule = rule(id).unwrap();
        let mut findings = Vec::new();
        if let Check::Graph(check) = rule.check {
            check(context, &mut Report::new(rule.meta, context, &mut findings));
        }
        findings
    })
}

/// Asserts that the rule fires on this Terraform text.
#[track_caller]
pub(super) fn fires(rule: &str, text: &str) {
    assert_ne!(findings(rule, &graph(text), &[]), [], "{rule} on\n{text}");
}

/// Asserts that the rule stays silent on this Terraform text.
#[track_caller]
pub(super) fn silent(rule: &str, text: &str) {
    assert_eq!(findings(rule, &graph(text), &[]), [], "{rule} on\n{text}");
}

/// A stack in account 111111111111.
fn account() -> Graph {
    graph(
        r#"
provider "aws" {
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_role" "f" {}
"#,
    )
}

/// Asserts that the rule fires on these permissions.
#[track_caller]
pub(super) fn fires_on(rule: &str, permissions: &[Permission]) {
    let found = findings(rule, &account(), permissions);
    assert_ne!(found, [], "{rule} on {permissions:#?}");
}

/// Asserts that the rule stays silent on these permissions.
#[track_caller]
pub(super) fn silent_on(rule: &str, permissions: &[Permission]) {
    let found = findings(rule, &account(), permissions);
    assert_eq!(found, [], "{rule} on {permissions:#?}");
}

/// An Allow of a role.
pub(super) fn identity(action: &str, resource: &str) -> Permission {
    Permission {
        holder: "aws_iam_role.f".into(),
        kind: PolicyKind::Identity,
        effect: Effect::Allow,
        principal: None,
        action: action.into(),
        resource: resource.into(),
        conditions: Conditions::new(),
    }
}

/// An Allow of a resource policy, or of a trust policy when the holder is a role.
pub(super) fn allows(holder: &str, principal: &str, action: &str) -> Permission {
    Permission {
        holder: holder.into(),
        kind: if holder.starts_with("aws_iam_role.") {
            PolicyKind::Trust
        } else {
            PolicyKind::Resource
        },
        principal: Some(principal.into()),
        ..identity(action, "*")
    }
}

impl Permission {
    /// The same with a condition more.
    pub(super) fn when(mut self, operator: &str, key: &str, value: &str) -> Self {
        self.conditions
            .entry(operator.into())
            .or_default()
            .entry(key.into())
            .or_default()
            .insert(value.into());
        self
    }

    /// The same as a Deny.
    pub(super) fn denied(mut self) -> Self {
        self.effect = Effect::Deny;
        self
    }
}
