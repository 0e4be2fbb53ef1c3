//! `slgen permissions --deployer`: the policies of the role that plans, applies and destroys an environment.

use std::fmt::Write as _;

use serde_json::json;

use super::{Cli, Failure, Format, Status, pretty, say};
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::iam::roles::{self, ManagedPolicy, Stack, Standing};

pub(super) fn run(cli: &Cli, environment: Option<&str>) -> Result<Status, Failure> {
    let (environment, graph, boundary) = super::environment(cli, environment)?;
    let stack = stack(&graph, boundary.as_deref())?;
    let policies = roles::deployer::deployer(&stack).map_err(refused)?;
    let documents: Vec<_> = policies.iter().map(|p| p.document.clone()).collect();
    let standing = roles::standing(&stack, &documents);
    match cli.format {
        Format::Text => say(&text(&environment, &policies, &standing)),
        _ => {
            let mut value = roles::to_value("slgen.deployer/1", &policies);
            value.insert("environment".to_owned(), json!(environment));
            value.insert("escalations".to_owned(), escalations(&standing));
            say(&pretty(&value.into()));
        }
    }
    Ok(Status::Done)
}

/// What is known of the environment's stack.
pub(super) fn stack<'a>(graph: &'a Graph, boundary: Option<&str>) -> Result<Stack<'a>, Failure> {
    Stack::of(graph, boundary).map_err(|fault| refused(vec![fault]))
}

/// The role cannot be derived: a defect of slgen, which knows what it generates.
pub(super) fn refused(faults: Vec<String>) -> Failure {
    let mut failure = Failure::from(String::new());
    failure.diagnostics = faults
        .into_iter()
        .map(|fault| Diagnostic::error("SLG-PERMISSIONS-002", fault))
        .collect();
    failure
}

fn escalations(standing: &[Standing]) -> serde_json::Value {
    standing
        .iter()
        .map(|found| {
            json!({
                "id": found.escalation.path.id,
                "actions": found.escalation.path.all_of,
                "held_by": found.held.word(),
                "why": found.why,
            })
        })
        .collect()
}

/// The documents one after the other, each below a line with its name and size.
pub(super) fn documents(policies: &[ManagedPolicy]) -> String {
    let mut text = String::new();
    for policy in policies {
        let size = policy.size();
        let _ = writeln!(text, "# {} ({size} of 6144 characters)", policy.name);
        text.push_str(&pretty(&policy.to_value()));
    }
    text
}

fn text(environment: &str, policies: &[ManagedPolicy], standing: &[Standing]) -> String {
    let mut text = format!(
        "# Role of the pipeline of {environment}: {} managed policies. Keep its name outside of the stack's.\n",
        policies.len()
    );
    text.push_str(&documents(policies));
    if standing.is_empty() {
        return text;
    }
    text.push_str("# Ways to more privilege that stand, since a pipeline makes roles and hands them to code:\n");
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for found in standing {
        let id = found.escalation.path.id.as_str();
        match by_reason.iter_mut().find(|(why, _)| *why == found.why) {
            Some((_, ids)) => ids.push(id),
            None => by_reason.push((&found.why, vec![id])),
        }
    }
    for (why, ids) in by_reason {
        let _ = writeln!(text, "# {}: {why}", ids.join(", "));
    }
    text
}
