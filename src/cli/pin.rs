//! `slgen pin`.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use clap::Args;

use super::{Cli, Failure, Status, say};
use crate::diagnostic::Sources;
use crate::pin::{self, Placed, Unread};
use crate::{blueprint, manifest, service, workspace};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write nothing; exit 2 when slgen.lock is missing or stale.
    #[arg(long)]
    check: bool,
}

/// Where the lock file of a manifest stands.
pub(super) enum State {
    /// There is none: the values of the binary hold.
    Missing,
    /// It says what is here.
    Current,
    /// `slgen pin` would write another.
    Stale,
}

/// A lock file beside what it should be.
pub(super) struct Pins {
    pub(super) state: State,
    root: Utf8PathBuf,
    before: Option<Placed>,
    text: String,
}

/// Resolves what a manifest needs pinned; nothing is written.
///
/// # Errors
/// A baseline, blueprint or lock file that cannot be read.
pub(super) fn pins(cli: &Cli) -> Result<Pins, Failure> {
    let path = cli.directory.join(&cli.manifest);
    let root = match path.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent.to_owned(),
        _ => Utf8PathBuf::from("."),
    };
    let failure = |diagnostics, file: &camino::Utf8Path, text: String| Failure {
        status: Status::Error,
        diagnostics,
        sources: Sources(BTreeMap::from([(file.to_owned(), text)])),
    };
    let text = manifest::read(&path)?;
    let loaded = manifest::load(&cli.manifest, &text)
        .map_err(|faults| failure(faults, &cli.manifest, manifest::masked(&text)))?;
    if loaded.is_doubtful("/baseline") || loaded.manifest.baseline.source.is_empty() {
        return Err(failure(loaded.diagnostics, &loaded.file, loaded.text));
    }
    let baseline = &loaded.manifest.baseline;
    let sha256 = match blueprint::load(baseline, &root) {
        Ok(found) => found.sha256,
        Err(fault) => {
            let fault = service::blueprint_fault(&loaded, fault);
            return Err(failure(vec![fault], &loaded.file, loaded.text));
        }
    };
    let before = pin::beside(&root, &loaded.file)
        .map_err(|Unread { faults, file, text }| failure(faults, &file, text))?;
    let lock = pin::resolve(baseline, &sha256, before.as_ref().map(|b| &b.lock));
    let text = pin::render(&lock);
    let state = match &before {
        None => State::Missing,
        Some(placed) if placed.text == text => State::Current,
        Some(_) => State::Stale,
    };
    Ok(Pins {
        state,
        root,
        before,
        text,
    })
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let pins = pins(cli)?;
    let file = cli.manifest.with_file_name(pin::FILE);
    if let State::Current = pins.state {
        say(&format!("{file}: nothing has changed\n"));
        return Ok(Status::Done);
    }
    let before = pins.before.as_ref();
    let changes = before.map_or_else(String::new, |before| changes(&before.text, &pins.text));
    if arguments.check {
        let what = match pins.state {
            State::Missing => "missing",
            _ => "stale",
        };
        say(&format!("{file}: {what}: run `slgen pin`\n{changes}"));
        return Ok(Status::Differs);
    }
    workspace::replace(&pins.root, pin::FILE, &pins.text)?;
    say(&format!("{file}: written\n{changes}"));
    Ok(Status::Done)
}

/// Lines that go and lines that come: each entry is one.
fn changes(before: &str, after: &str) -> String {
    let lines = |text: &'_ str| -> BTreeSet<String> {
        let entries = text.lines().map(|line| line.trim().trim_end_matches(','));
        entries
            .filter(|line| line.contains('"') && !line.ends_with("\": ["))
            .map(str::to_owned)
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    let gone = before.difference(&after).map(|line| format!("- {line}\n"));
    let come = after.difference(&before).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}
