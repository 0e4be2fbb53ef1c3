//! `slgen permissions`: what may be done in this stack, and what a policy allows and risks.

mod policy;

use camino::Utf8PathBuf;
use clap::Args;

use super::{Cli, Failure, Status};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Policy document (JSON) to analyse.
    #[arg(long, value_name = "FILE")]
    policy: Utf8PathBuf,
    /// What it was before: is there a request that is allowed now and was not? Exit 0 for no, 3 for yes and unknown.
    #[arg(long, value_name = "OLD", requires = "policy")]
    against: Option<Utf8PathBuf>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    policy::run(cli, &arguments.policy, arguments.against.as_deref())
}
