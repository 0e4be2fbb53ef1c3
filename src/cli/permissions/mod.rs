//! `slgen permissions`: what may be done in this stack, and what a policy allows and risks.

mod analysis;
mod blast;
mod compare;
mod deployer;
mod ledger;
pub(super) mod place;
mod policy;
mod reader;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value as Json;

use super::{Cli, Failure, Status, pipeline::Prepared};
use crate::catalog::aws::suggest::nearest;
use crate::diagnostic::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Function whose permissions to list; all of the stack when unsaid.
    #[arg(value_name = "FUNCTION")]
    function: Option<String>,
    /// What code that runs as this function could reach, through the functions it invokes and the roles it takes on or
    /// passes too. Diagram with `--format markdown`.
    #[arg(long, value_name = "FUNCTION", conflicts_with = "function")]
    blast: Option<String>,
    /// What the ledger of this git revision, as it is committed there, did not have and what it had more, and whether
    /// that newly allows something: then, and where it is not known, exit 3.
    #[arg(long, value_name = "REVISION", conflicts_with = "blast")]
    compare: Option<String>,
    /// Policy document (JSON) to analyse, or a folder of Terraform, of which every policy is: the policies of one role
    /// together. Exit 4 where something could not be read.
    #[arg(long, value_name = "FILE|DIR", conflicts_with_all = ["function", "blast", "compare"])]
    policy: Option<Utf8PathBuf>,
    /// What it was before: is there a request that is allowed now and was not? Exit 0 for no, 3 for yes and unknown.
    #[arg(long, value_name = "OLD", requires = "policy")]
    against: Option<Utf8PathBuf>,
    /// The least-privilege policies of the role that plans, applies and destroys an environment.
    #[arg(long, conflicts_with_all = ["function", "blast", "compare", "policy"])]
    deployer: bool,
    /// The least-privilege policies of the role that reads an environment for `diff --live`.
    #[arg(long, conflicts_with_all = ["function", "blast", "compare", "policy", "deployer"])]
    reader: bool,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    if arguments.deployer {
        return deployer::run(cli, cli.environment());
    }
    if arguments.reader {
        return reader::run(cli, cli.environment());
    }
    if let Some(policy) = &arguments.policy {
        return policy::run(cli, policy, arguments.against.as_deref());
    }
    if let Some(function) = &arguments.blast {
        return blast::run(cli, function);
    }
    if let Some(revision) = &arguments.compare {
        return compare::run(cli, revision, arguments.function.as_deref());
    }
    ledger::run(cli, arguments.function.as_deref())
}

/// That a function is one of the manifest.
fn known(prepared: &Prepared, function: &str) -> Result<(), Failure> {
    let functions = &prepared.loaded.manifest.functions;
    if functions.contains_key(function) {
        return Ok(());
    }
    let names: Vec<&str> = functions.keys().map(String::as_str).collect();
    let near = nearest(function, names.iter().copied())
        .map_or(String::new(), |near| format!("; did you mean {near}?"));
    Err(Diagnostic::error(
        "SLG-PERMISSIONS-001",
        format!("there is no function {function}{near}"),
    )
    .help(format!("the functions are {}", names.join(", ")))
    .into())
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
