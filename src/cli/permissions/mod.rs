//! `slgen permissions`: what may be done in this stack, and what a policy allows and risks.

mod deployer;
mod policy;
mod reader;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value as Json;

use super::pipeline::prepare;
use super::{Cli, Failure, Format, Status, say};
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::guardrail::ReadBack;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Policy document (JSON) to analyse.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["deployer", "reader"])]
    policy: Option<Utf8PathBuf>,
    /// What it was before: is there a request that is allowed now and was not? Exit 0 for no, 3 for yes and unknown.
    #[arg(long, value_name = "OLD", requires = "policy")]
    against: Option<Utf8PathBuf>,
    /// The least-privilege policies of the role that plans, applies and destroys an environment.
    #[arg(long, conflicts_with_all = ["policy", "against"])]
    deployer: bool,
    /// The least-privilege policies of the role that reads an environment for `diff --live`.
    #[arg(long, conflicts_with_all = ["policy", "against", "deployer"])]
    reader: bool,
    /// Environment of the role; may be unsaid where there is only one.
    #[arg(short, long, value_name = "ENV")]
    env: Option<String>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    if arguments.deployer {
        return deployer::run(cli, arguments.env.as_deref());
    }
    if arguments.reader {
        return reader::run(cli, arguments.env.as_deref());
    }
    match &arguments.policy {
        Some(policy) => policy::run(cli, policy, arguments.against.as_deref()),
        None => Ok(Status::Done),
    }
}

/// The environment meant, its graph as generated, and the boundary of its roles.
fn environment(cli: &Cli, name: Option<&str>) -> Result<(String, Graph, Option<String>), Failure> {
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
        .map_err(|errors| deployer::refused(errors.iter().map(ToString::to_string).collect()))?;
    Ok((name.clone(), graph, settings.permissions_boundary.clone()))
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
