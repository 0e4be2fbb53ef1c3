//! `slgen blueprint update`.

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::candidate::{Candidate, asking};
use super::delta::{Moved, moved};
use super::merge::{Merged, merge};
use crate::blueprint::Source;
use crate::cli::{Cli, Failure, Format, Status, pipeline, report, say};
use crate::diagnostic::Severity;
use crate::diff::report::{WIDTH, escape, json as diff_json, markdown, text};
use crate::pin;
use crate::workspace::{self, Action, shown};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The version; unsaid: the newest.
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    /// Say what would change; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Longest time that others are asked, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let (directory, manifest) = (&cli.directory, &cli.manifest);
    pipeline::complete(directory, manifest)?;
    let (now, read) = pipeline::prepare_with_environments(None, directory, manifest)?;
    let loaded = &now.loaded;
    let baseline = &loaded.manifest.baseline;
    let source = Source::parse(&baseline.source).map_err(|(message, help)| {
        loaded.error("SLG-BLUEPRINT-001", "/baseline/source", message, help)
    })?;
    if let Source::Path(folder) = &source {
        let message =
            format!("{folder} holds one version alone: its old one is not there to compare with");
        let help = "review the folder's change, write its version into the manifest, then run `slgen pin` and `slgen generate`";
        let fault = loaded.error("SLG-BLUEPRINT-001", "/baseline/source", message, help);
        return Err(pipeline::failure(vec![fault], &loaded.file, &loaded.text));
    }
    let rule = asking(arguments.timeout);
    let candidate = Candidate::find(source, arguments.to.as_deref(), rule)?;
    if candidate.version == baseline.version {
        if !cli.is_quiet() {
            say(&format!(
                "{}: {} {} is in use already\n",
                manifest, candidate.name, candidate.version
            ));
        }
        return Ok(Status::Done);
    }
    let then = moved(&now, read, &candidate)?;
    let merged = merge(&now.root, &now.out, &now.files, &then.prepared.files)?;
    let assessed = workspace::assess_merged(
        &now.root,
        &now.out,
        merged.files.clone(),
        &then.prepared.files,
    )?;
    let told = Told {
        candidate: &candidate,
        from: &now.loaded.manifest.baseline.version,
        out: &now.out,
        merged: &merged,
        kept: of(&assessed, Action::Keep),
        changed: assessed
            .actions
            .values()
            .filter(|a| !matches!(a, Action::Unchanged | Action::Keep))
            .count(),
    };
    let mut diagnostics = then.prepared.judged()?;
    diagnostics.retain(|d| d.severity != Severity::Note || cli.is_verbose());
    cli.hear(&mut diagnostics);
    if !diagnostics.is_empty() {
        report(&diagnostics, &then.prepared.sources(), cli.format);
    }
    if !arguments.dry_run {
        let name = manifest.file_name().unwrap_or("slgen.yaml");
        let lock = locked(&now, &then)?;
        assessed.apply_with(true, &[(name, &then.text), (pin::FILE, &lock)])?;
    }
    say(&told.written(cli, arguments.dry_run, &then));
    Ok(if merged.conflicts.is_empty() {
        Status::Done
    } else {
        Status::Differs
    })
}

/// The lock file with what the candidate rests on.
fn locked(now: &pipeline::Prepared, then: &Moved) -> Result<String, Failure> {
    let before = pin::beside(&now.root, &now.loaded.file)
        .map_err(|unread| pipeline::failure(unread.faults, &unread.file, &unread.text))?;
    let images = then.prepared.service().base_images();
    let ci = now.loaded.manifest.ci.as_ref();
    let needed = pin::Needed {
        images: images.into_iter().map(str::to_owned).collect(),
        ..ci.map(crate::ci::needed).unwrap_or_default()
    };
    let before = before.as_ref().map(|placed| &placed.lock);
    let lock = pin::resolve(then.blueprints.clone(), &needed, before);
    Ok(pin::render(&lock))
}

fn of(assessed: &workspace::Assessment, wanted: Action) -> Vec<Utf8PathBuf> {
    let actions = assessed.actions.iter();
    let found = actions.filter(|(_, action)| **action == wanted);
    found.map(|(path, _)| path.clone()).collect()
}

/// What there is to say.
struct Told<'a> {
    candidate: &'a Candidate,
    from: &'a str,
    out: &'a camino::Utf8Path,
    merged: &'a Merged,
    kept: Vec<Utf8PathBuf>,
    changed: usize,
}

impl Told<'_> {
    fn written(&self, cli: &Cli, dry_run: bool, then: &Moved) -> String {
        let paths = |list: &[Utf8PathBuf]| -> Vec<String> {
            list.iter()
                .map(|path| shown(&self.out.join(path)).to_string())
                .collect()
        };
        let Candidate { name, version, .. } = self.candidate;
        let (edited, conflicts, kept) = (
            paths(&self.merged.edited),
            paths(&self.merged.conflicts),
            paths(&self.kept),
        );
        if !matches!(cli.format, Format::Text | Format::Markdown) {
            let document = json!({
                "schema": "slgen.update/1",
                "blueprint": name,
                "from": self.from,
                "to": version,
                "written": !dry_run,
                "files": self.changed,
                "merged": edited,
                "conflicts": conflicts,
                "kept": kept,
                "diff": diff_json(&then.report),
            });
            return escape::json(&format!("{document:#}\n"));
        }
        let mut out = match cli.format {
            Format::Markdown => markdown(&then.report),
            _ => text(&then.report, false, cli.is_verbose(), WIDTH),
        };
        let would = if dry_run { "would change" } else { "changed" };
        out.push_str(&format!(
            "\n{name} {} → {version}: {} files {would}\n",
            self.from, self.changed
        ));
        let backup = if dry_run {
            ""
        } else {
            "; what it was is in <name>.backup"
        };
        for (list, what) in [
            (edited, format!("edited by hand, and merged{backup}")),
            (
                conflicts,
                format!("CONFLICT: search for <<<<<<< and decide{backup}"),
            ),
            (kept, "no longer generated, but edited: it stays".to_owned()),
        ] {
            for path in list {
                out.push_str(&format!("  {path}: {what}\n"));
            }
        }
        out
    }
}
