//! `slgen blueprint input`: what policies see of an environment.

use clap::Args;

use crate::cli::{Cli, Failure, Status, pipeline, say};
use crate::diagnostic::Diagnostic;
use crate::guardrail::ReadBack;
use crate::policy;

#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(cli: &Cli, Arguments {}: &Arguments) -> Result<Status, Failure> {
    let (prepared, generated) =
        pipeline::prepare_with_environments(cli.environment(), &cli.directory, &cli.manifest)?;
    // Policies see what the user laid beside it, too.
    let environments = match prepared.own {
        Some(own) => {
            let asked = |e: &ReadBack| generated.iter().any(|g| g.environment == e.environment);
            own.environments.into_iter().filter(asked).collect()
        }
        None => generated,
    };
    let [environment] = environments.as_slice() else {
        let names: Vec<&str> = environments.iter().map(|e| &*e.environment).collect();
        let help = format!("give one of them with --env: {}", names.join(", "));
        let fault = Diagnostic::error("SLG-ENV-001", "there are several environments");
        return Err(fault.help(help).into());
    };
    say(&(policy::plan(&environment.graph).to_string() + "\n"));
    Ok(Status::Done)
}
