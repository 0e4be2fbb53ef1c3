//! `slgen snapshot`: what the account says of one environment, in a file without secrets.

use camino::Utf8PathBuf;
use clap::Args;

use super::{Cli, Failure, Status, pipeline, report, say};
use crate::date::Date;
use crate::diagnostic::{Diagnostic, Sources};
use crate::guardrail::ReadBack;
use crate::live::aws::snapshot::Snapshot;
use crate::live::aws::{Error, Live, Place, Scope};
use crate::workspace;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where the snapshot is written; without it, to standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    /// Day that the snapshot says it was taken, instead of today (UTC).
    #[arg(long, value_name = "DAY")]
    at: Option<Date>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let (name, environment) = prepared.environment(cli.environment())?;
    let graph = ReadBack::graph(&prepared.files, name).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Diagnostic::error("SLG-INTERNAL-001", faults.join("; "))
    })?;
    let place = Place {
        account: environment.account.clone(),
        region: environment.region.clone(),
    };
    let live = read(place, Scope::of(&graph)).map_err(|error| unread(&error))?;
    let snapshot = Snapshot {
        environment: name.to_owned(),
        taken: arguments.at.unwrap_or_else(pipeline::today),
        live,
    };
    match &arguments.output {
        None => say(&snapshot.text()),
        Some(file) => workspace::replace_at(&cli.directory.join(file), snapshot.text())?,
    }
    let not_checked: Vec<Diagnostic> = snapshot
        .live
        .not_checked
        .iter()
        .map(|one| Diagnostic::warning("SLG-LIVE-002", format!("not checked: {one}")))
        .collect();
    if not_checked.is_empty() {
        return Ok(Status::Done);
    }
    report(&not_checked, &Sources::default(), cli.format);
    Ok(Status::Incomplete)
}

/// Reads the account with the credentials that the standard chain finds.
#[cfg(feature = "live")]
pub(super) fn read(place: Place, scope: Scope) -> Result<Live, Error> {
    let client = crate::live::aws::identity::connect(&place)?;
    let caller = place.account.clone();
    Live::read(&client, &caller, place, scope)
}

#[cfg(not(feature = "live"))]
pub(super) fn read(_: Place, _: Scope) -> Result<Live, Error> {
    let why = "this slgen was built without the feature `live`";
    Err(Error::Credentials(why.to_owned()))
}

/// Nothing was read: what had to be checked could not be.
fn unread(error: &Error) -> Failure {
    let diagnostic = Diagnostic::error("SLG-LIVE-001", error.to_string());
    Failure {
        status: Status::Incomplete,
        diagnostics: vec![diagnostic],
        sources: Sources::default(),
    }
}
