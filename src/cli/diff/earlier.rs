//! The answer of an earlier run, where nothing that it rested on has changed.
//!
//! Only one answer is ever kept: nothing changed, and nothing else to say. It is given again when
//! everything that was read for it is read once more and is the same, by content; on the same day,
//! by the same binary, for the same flags in the same folder. Whoever can write into the user's
//! cache folder can run code as that user; where a cache may come from elsewhere, as in CI, there is
//! none.
#![allow(
    clippy::disallowed_methods,
    reason = "it asks whether answers are kept"
)]

use serde::{Deserialize, Serialize};

use super::{Arguments, sources};
use crate::cache::{self, Key};
use crate::cli::{Cli, Format, pipeline};
use crate::date::Date;
use crate::diff::report::Report;
use crate::inputs::Record;

/// The question that is asked, where its answer may be kept.
pub(super) struct Question<'a> {
    cli: &'a Cli,
    key: Key,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    subject: String,
    manifest: String,
    record: Record,
}

impl<'a> Question<'a> {
    pub(super) fn of(cli: &'a Cli, arguments: &Arguments) -> Option<Self> {
        let off = std::env::var_os("SLGEN_CACHE").is_some_and(|value| value == "off");
        // A job's summary is written, too.
        let writes = cli.format == Format::Github;
        if arguments.no_cache || off || writes || super::super::global::in_ci() {
            return None;
        }
        let key = key(cli)?;
        Some(Self { cli, key })
    }

    /// The same report as then.
    pub(super) fn answer(&self) -> Option<Report> {
        let kept: Kept = serde_json::from_str(&cache::get(&self.key)?).ok()?;
        let report = || sources::disk_with_generated(kept.subject, kept.manifest);
        kept.record.holds().then(report)
    }

    /// Keeps a report that says that nothing changed.
    pub(super) fn keep(&self, report: &Report, record: Option<Record>) {
        let (subject, manifest) = (report.subject.clone(), report.manifest.clone());
        let plain = sources::disk_with_generated(subject.clone(), manifest.clone());
        // The day may be over by now, or the binary another one.
        if *report != plain || key(self.cli).as_ref() != Some(&self.key) {
            return;
        }
        if let Some(record) = record {
            let kept = Kept {
                subject,
                manifest,
                record,
            };
            if let Ok(text) = serde_json::to_string(&kept) {
                cache::put(&self.key, &text);
            }
        }
    }
}

/// Everything that decides and is not read from the project.
fn key(cli: &Cli) -> Option<Key> {
    key_on(pipeline::today(), cli)
}

fn key_on(today: Date, cli: &Cli) -> Option<Key> {
    let folder = std::env::current_dir().ok()?;
    Some(Key::of(&[
        "diff",
        &binary()?,
        &today.to_string(),
        folder.to_str()?,
        &format!("{cli:?}"),
    ]))
}

/// Which binary this is. Its stamp of change is the system's own, and nobody sets it.
#[cfg(unix)]
fn binary() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let path = std::env::current_exe().ok()?;
    let meta = std::fs::metadata(&path).ok()?;
    Some(format!(
        "{} {} {} {} {} {}.{} {}.{}",
        env!("CARGO_PKG_VERSION"),
        path.to_str()?,
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    ))
}

#[cfg(not(unix))]
fn binary() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn another_day_or_flag_is_another_question() {
        let cli = |arguments: &[&str]| {
            let words = ["slgen", "diff"].iter().chain(arguments);
            Cli::try_parse_from(words).unwrap()
        };
        let plain = cli(&[]);
        let of = |day: &str, cli: &Cli| key_on(day.parse().unwrap(), cli).unwrap();
        let key = of("2026-01-01", &plain);
        assert_eq!(key, of("2026-01-01", &cli(&[])));
        assert_ne!(key, of("2026-01-02", &plain));
        for flags in [
            &["--env", "dev"][..],
            &["--fail-on", "low"],
            &["--security-only"],
            &["-m", "other.yaml"],
            &["--format", "json"],
        ] {
            assert_ne!(key, of("2026-01-01", &cli(flags)), "{flags:?}");
        }
    }
}
