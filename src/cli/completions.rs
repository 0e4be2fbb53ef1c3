//! `slgen completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Status, say};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Status {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "slgen", &mut script);
    say(&String::from_utf8_lossy(&script));
    Status::Done
}
