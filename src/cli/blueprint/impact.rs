//! `slgen blueprint impact`.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::candidate::{Candidate, asking};
use super::delta::moved;
use crate::cli::each::{each, manifests, reason};
use crate::cli::pipeline;
use crate::cli::{Cli, Failure, Format, Status, say};
use crate::diff::Direction;
use crate::fleet::impact::{Change, Impact, Outcome, Row, json, markdown, text};
use crate::guardrail::Severity;
use crate::workspace;

/// Changes that are told of one service.
const MOST: usize = 8;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The version that services would move to: SOURCE@VERSION, or a folder as path:DIR.
    #[arg(long, value_name = "SOURCE")]
    candidate: String,
    /// Folders with services in them, or checkouts of several repositories.
    #[arg(value_name = "DIR", default_value = ".")]
    folders: Vec<Utf8PathBuf>,
    /// Longest time that others are asked, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let rule = asking(arguments.timeout);
    let candidate = Candidate::parse(cli, &arguments.candidate, rule)?;
    let name = cli.manifest.file_name().unwrap_or("slgen.yaml");
    let found = manifests(&cli.directory, &arguments.folders, name)?;
    let services = each(&found, cli.is_quiet(), |manifest| {
        row(&cli.directory, manifest, &candidate)
    });
    let impact = Impact {
        blueprint: candidate.name,
        source: candidate.source.to_string(),
        version: candidate.version,
        services,
    };
    say(&match cli.format {
        Format::Text => text(&impact, cli.is_verbose()),
        Format::Markdown => markdown(&impact),
        _ => json(&impact),
    });
    let any = |outcome| impact.services.iter().any(|row| row.outcome == outcome);
    let gates = impact.services.iter().any(|row| row.gates);
    Ok(if any(Outcome::Refused) || gates {
        Status::Gate
    } else if any(Outcome::Unreadable) {
        Status::Incomplete
    } else {
        Status::Done
    })
}

/// What it would change in one service; everything else that was made of it is gone then.
fn row(directory: &Utf8Path, manifest: &Utf8Path, candidate: &Candidate) -> Row {
    let mut row = Row {
        manifest: manifest.to_string(),
        ..Row::default()
    };
    let (now, read) = match pipeline::prepare_with_environments(None, directory, manifest) {
        Ok(found) => found,
        Err(failure) => {
            row.reason = Some(reason(&failure));
            return row;
        }
    };
    row.service = Some(now.loaded.manifest.service.clone());
    let blueprint = &now.blueprint().name;
    if *blueprint != candidate.name {
        row.outcome = Outcome::Other;
        row.reason = Some(format!("its blueprint is {blueprint}"));
        return row;
    }
    row.from = Some(now.loaded.manifest.baseline.version.clone());
    let assessed = workspace::assess(&now.root, &now.out, now.files.clone());
    row.edited = assessed.map_or(0, |assessed| assessed.conflicts().count());
    match moved(&now, read, candidate) {
        Err(failure) => {
            row.outcome = Outcome::Refused;
            row.reason = Some(reason(&failure));
        }
        Ok(then) => {
            let (old, new) = (&now.files, &then.prepared.files);
            let gone = old.keys().filter(|path| !new.contains_key(*path));
            let written = new
                .iter()
                .filter(|(path, text)| old.get(*path) != Some(text));
            row.files = gone.count() + written.count();
            row.summary = then.report.summary();
            row.gates = then.report.gating(Severity::High).next().is_some();
            row.outcome = Outcome::of(&row.summary, row.files);
            let told = then.report.findings.iter();
            let told = told.filter(|found| found.direction != Direction::Neutral);
            row.changes = told.take(MOST).map(Change::of).collect();
        }
    }
    row
}
