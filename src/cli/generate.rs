//! `slgen generate`.

use clap::Args;

use super::{Cli, Failure, Status, pipeline, report, say};
use crate::diagnostic::Severity;
use crate::workspace::{self, Action, shown};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write nothing; exit 2 when what is on disk is stale or edited.
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    check: bool,
    /// Write nothing; print the difference.
    #[arg(long, conflicts_with = "force")]
    dry_run: bool,
    /// Overwrite files that were edited or are not slgen's; each is copied to <name>.backup first.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = if arguments.check || arguments.dry_run {
        pipeline::prepare(&cli.directory, &cli.manifest)?
    } else {
        pipeline::prepare_to_write(&cli.directory, &cli.manifest)?
    };
    let mut diagnostics = prepared.judged()?;
    // Notes are for who asks, by `validate` or here.
    diagnostics.retain(|d| d.severity != Severity::Note || cli.is_verbose());
    cli.hear(&mut diagnostics);
    if !diagnostics.is_empty() {
        report(&diagnostics, &prepared.sources(), cli.format);
    }
    let total = prepared.files.len();
    let notes = prepared.blueprint().notes.clone();
    let assessed = workspace::assess(&prepared.root, &prepared.out, prepared.files)?;
    if arguments.check {
        if !assessed.is_stale() {
            return Ok(Status::Done);
        }
        if let Some(pending) = assessed.pending() {
            say(&format!("{pending}: run `slgen generate`\n"));
        }
        for (path, action) in &assessed.actions {
            if let Some(what) = describe(*action) {
                say(&format!("{}: {what}\n", shown(&prepared.out.join(path))));
            }
        }
        return Ok(Status::Differs);
    }
    if arguments.dry_run {
        if let Some(pending) = assessed.pending() {
            say(&format!("# {pending}\n"));
        }
        say(&assessed.diff()?);
        return Ok(Status::Done);
    }
    let conflicts: Vec<String> = assessed
        .conflicts()
        .map(|(path, action)| {
            format!(
                "{}: {}",
                shown(&prepared.out.join(path)),
                describe(action).unwrap_or_default()
            )
        })
        .collect();
    if !conflicts.is_empty() && !arguments.force {
        let message = format!(
            "{}\nNothing was written. Move what you added into a .tf file of your own, or use --force, which keeps a copy.",
            conflicts.join("\n")
        );
        return Err(Failure::from(message));
    }
    let touched = assessed.apply(arguments.force)?;
    if let Some(pending) = assessed.pending() {
        say(&format!("{pending}; that is mended now\n"));
    }
    if cli.is_verbose() {
        for path in &touched {
            say(&format!("{}\n", shown(&prepared.out.join(path))));
        }
    }
    if !cli.is_quiet() {
        say(&format!(
            "{}: {total} files, {} changed\n",
            prepared.out,
            touched.len()
        ));
        for note in notes {
            let line: String = note
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            say(&format!("note: {line}\n"));
        }
    }
    Ok(Status::Done)
}

fn describe(action: Action) -> Option<&'static str> {
    match action {
        Action::Unchanged => None,
        Action::Create => Some("missing"),
        Action::Update => Some("stale"),
        Action::Edited => Some("edited since slgen wrote it"),
        Action::Foreign => Some("not written by slgen"),
        Action::Remove => Some("no longer generated"),
        Action::Keep => Some("no longer generated, but edited: it stays"),
    }
}
