//! `slgen vulns`.

mod import;
mod list;

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

use super::{Cli, Failure, Status, pipeline};
use crate::date::Date;
use crate::diagnostic::Sources;
use crate::vulns::{self, Register};
use crate::{inputs, manifest};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Exit 3 when one is overdue that no exception covers, 4 when something was never scanned.
    #[arg(long)]
    check: bool,
    /// Those that are fixed, too.
    #[arg(long)]
    all: bool,
    /// Judge as of this day; today unless said.
    #[arg(long, value_name = "DAY")]
    on: Option<Date>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add what scanners report; what a tool reports no more is fixed. Give all reports of a tool at once.
    Import {
        /// SARIF 2.1.0, JSON of OSV-Scanner or pip-audit, or OSV records.
        #[arg(required = true)]
        files: Vec<Utf8PathBuf>,
        /// Day of the reports; today unless said.
        #[arg(long, value_name = "DAY")]
        on: Option<Date>,
    },
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let register = beside(cli, &prepared)?;
    match &arguments.command {
        Some(Command::Import { files, on }) => {
            let on = on.unwrap_or_else(pipeline::today);
            import::run(cli, &prepared, register.unwrap_or_default(), files, on)
        }
        None => {
            let on = arguments.on.unwrap_or_else(pipeline::today);
            list::run(cli, &prepared, register, arguments, on)
        }
    }
}

/// The register beside the manifest; none when there is none.
fn beside(cli: &Cli, prepared: &pipeline::Prepared) -> Result<Option<Register>, Failure> {
    let (path, file) = (
        prepared.root.join(vulns::FILE),
        cli.manifest.with_file_name(vulns::FILE),
    );
    if inputs::standing(&path).is_ok_and(|standing| standing.is_none()) {
        return Ok(None);
    }
    let text = manifest::read(&path)?;
    vulns::parse(&file, &text)
        .map(Some)
        .map_err(|diagnostics| Failure {
            status: Status::Error,
            diagnostics,
            sources: Sources([(file, text)].into()),
        })
}
