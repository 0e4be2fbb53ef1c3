//! `slgen permissions --deployer`: the policies of the role that plans, applies and destroys an environment.

use std::fmt::Write as _;

use serde_json::json;

use super::super::pipeline::prepare;
use super::super::{Format, say};
use super::{Cli, Failure, Status, pretty};
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::guardrail::ReadBack;
use crate::iam::roles::{self, ManagedPolicy, Stack, Standing};

pub(super) fn run(cli: &Cli, environment: Option<&str>) -> Result<Status, Failure> {
    let (environment, graph, boundary) = meant(cli, environment)?;
    let stack = stack(&graph, boundary.as_deref())?;
    let policies = roles::deployer::deployer(&stack).map_err(refused)?;
    let documents: Vec<_> = policies.iter().map(|p| p.document.clone()).collect();
    let standing = roles::standing(&stack, &documents);
    if cli.format == Format::Text {
        say(&text(&environment, &policies, &standing));
    } else {
        let mut value = roles::to_value("slgen.deployer/1", &policies);
        value.insert("environment".to_owned(), json!(environment));
        value.insert("escalations".to_owned(), escalations(&standing));
        say(&pretty(&value.into()));
    }
    Ok(Status::Done)
}

/// The environment meant, its graph as generated, and the boundary of its roles.
pub(super) fn meant(
    cli: &Cli,
    name: Option<&str>,
) -> Result<(String, Graph, Option<String>), Failure> {
    let prepared = prepare(&cli.directory, &cli.manifest)?;
    prepared.judged()?;
    let environments = &prepared.loaded.manifest.environments;
    let known = || {
        let names: Vec<&str> = environments.keys().map(String::as_str).collect();
        names.join(", ")
    };
    let wrong = |message: String| {
        Failure::from(
            Diagnostic::error("SLG-PERMISSIONS-003", message).help(format!(
                "the environments are {}: say one with --env",
                known()
            )),
        )
    };
    let (name, settings) = match name {
        Some(name) => environments
            .get_key_value(name)
            .ok_or_else(|| wrong(format!("there is no environment {name}")))?,
        None if environments.len() > 1 => {
            return Err(wrong("each environment has a role of its own".to_owned()));
        }
        None => environments
            .iter()
            .next()
            .ok_or_else(|| wrong("there is no environment".to_owned()))?,
    };
    let graph = ReadBack::graph(&prepared.files, name)
        .map_err(|errors| refused(errors.iter().map(ToString::to_string).collect()))?;
    Ok((name.clone(), graph, settings.permissions_boundary.clone()))
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
