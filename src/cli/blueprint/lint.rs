//! `slgen blueprint lint`.

use camino::Utf8PathBuf;
use clap::Args;

use super::{Folder, local, refused, source};
use crate::blueprint::{self, lint};
use crate::cli::{Cli, Failure, Status, report, say};
use crate::diagnostic::Severity;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Folder of an older version: a change that breaks a service needs a new major version.
    #[arg(long, value_name = "DIR")]
    against: Option<Utf8PathBuf>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let local = local(cli);
    let found = blueprint::open_any(&source(&arguments.folder.folder), &local).map_err(refused)?;
    let mut faults = lint::lint(&found);
    if let Some(older) = &arguments.against {
        let older = blueprint::open_any(&source(older), &local).map_err(refused)?;
        faults.extend(lint::against(&found, &older));
    }
    cli.hear(&mut faults);
    if faults.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(Failure {
            status: Status::Error,
            diagnostics: faults,
            sources: found.sources(),
        });
    }
    if !faults.is_empty() {
        report(&faults, &found.sources(), cli.format);
    }
    if !cli.is_quiet() {
        say(&format!(
            "{} {}: nothing is wrong\n",
            found.name, found.version
        ));
    }
    Ok(Status::Done)
}
