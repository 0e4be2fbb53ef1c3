//! `slgen blueprint`: for those who say how functions are deployed here.

mod candidate;
mod delta;
mod impact;
mod input;
mod lint;
mod list;
mod merge;
mod new;
mod pack;
mod show;
mod test;
mod update;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};

pub(super) use candidate::{asking, newest, parse, split};

use super::{Cli, Failure, Status};
use crate::blueprint::{Broken, Local, Refused};
use crate::diagnostic::{Diagnostic, Sources};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// Whether one environment can be meant.
    pub(super) fn takes_environment(&self) -> bool {
        matches!(self.command, Command::Input(_))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a blueprint that tightens aws-baseline, with a README and a test that passes.
    New(new::Arguments),
    /// Say what is wrong with a blueprint, or what a new version of it breaks.
    Lint(lint::Arguments),
    /// Generate a blueprint's golden cases and compare.
    Test(test::Arguments),
    /// List the built-in blueprints, and those that the manifest here uses.
    List,
    /// Show what a blueprint asks for, locks, bounds, allows and emits.
    Show(show::Arguments),
    /// Print what policies see of an environment of the service here, in the form of `terraform show -json`.
    Input(input::Arguments),
    /// Write a blueprint as one archive, the same bytes wherever it is made.
    Pack(pack::Arguments),
    /// Move the service to another version of its blueprint, and keep what was edited by hand.
    Update(update::Arguments),
    /// Say what a version of a blueprint would change in every service below some folders.
    Impact(impact::Arguments),
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    match &arguments.command {
        Command::New(arguments) => new::run(cli, arguments),
        Command::Lint(arguments) => lint::run(cli, arguments),
        Command::Test(arguments) => test::run(cli, arguments),
        Command::List => Ok(list::run(cli)),
        Command::Show(arguments) => show::run(cli, arguments),
        Command::Input(arguments) => input::run(cli, arguments),
        Command::Pack(arguments) => pack::run(cli, arguments),
        Command::Update(arguments) => update::run(cli, arguments),
        Command::Impact(arguments) => impact::run(cli, arguments),
    }
}

/// A blueprint's folder.
#[derive(Debug, Args)]
struct Folder {
    /// Folder of the blueprint.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: Utf8PathBuf,
}

/// Blueprints as the working folder names them.
fn local(cli: &Cli) -> Local {
    Local::new(&cli.directory)
}

/// Faults of blueprints, each at its place.
fn broken(Broken { faults, sources }: Broken) -> Failure {
    Failure {
        status: Status::Error,
        diagnostics: faults,
        sources,
    }
}

pub(super) fn refused(refused: Refused) -> Failure {
    match refused {
        Refused::Broken(found) => broken(found),
        Refused::Faults(faults) => Failure {
            status: Status::Error,
            diagnostics: faults
                .into_iter()
                .map(|fault| {
                    let mut told = Diagnostic::error("SLG-BLUEPRINT-001", fault.message);
                    told.notes = fault.notes;
                    told.help(fault.help)
                })
                .collect(),
            sources: Sources::default(),
        },
    }
}

/// A folder as `path:` has it.
fn source(folder: &Utf8Path) -> String {
    format!("path:{folder}")
}
