//! `slgen blueprint`: for those who say how functions are deployed here.

mod candidate;
mod delta;
mod impact;
mod merge;
mod pack;
mod update;

use clap::{Args, Subcommand};

use super::{Cli, Failure, Status};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a blueprint as one archive, the same bytes wherever it is made.
    Pack(pack::Arguments),
    /// Move the service to another version of its blueprint, and keep what was edited by hand.
    Update(update::Arguments),
    /// Say what a version of a blueprint would change in every service below some folders.
    Impact(impact::Arguments),
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    match &arguments.command {
        Command::Pack(arguments) => pack::run(cli, arguments),
        Command::Update(arguments) => update::run(cli, arguments),
        Command::Impact(arguments) => impact::run(cli, arguments),
    }
}
