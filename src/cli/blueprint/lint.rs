//! `slgen blueprint lint`.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{Folder, local, refused, source};
use crate::blueprint::files::{DEFINITION, FOLDERS};
use crate::blueprint::{self, Fault, Fetch, Files, Local, Source, lint};
use crate::cli::{Cli, Failure, Status, policies, report, say};
use crate::diagnostic::Severity;
use crate::inputs;
use crate::policy;
use crate::workspace::git::Repository;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// An older version, as a folder or a git revision: a change that breaks a service needs a new major version.
    #[arg(long, value_name = "DIR|REF")]
    against: Option<Utf8PathBuf>,
}

/// The blueprint's own folder as of a revision; everything else as it is now.
struct Committed {
    committed: Files,
    local: Local,
}

impl Fetch for Committed {
    fn fetch(&self, source: &Source, version: &str) -> Result<Files, Fault> {
        // The one that is asked for without a version is the blueprint itself.
        match source {
            Source::Path(_) if version.is_empty() => Ok(self.committed.clone()),
            other => self.local.fetch(other, version),
        }
    }
}

/// What takes effect of a blueprint's folder at a revision.
fn committed(folder: &Utf8Path, revision: &Utf8Path) -> Result<Files, String> {
    let mut repository = Repository::discover(folder)?;
    let commit = repository.resolve(revision.as_str())?;
    let found = repository.files(&commit, Utf8Path::new(""))?;
    let mut files = Files::default();
    let effective = |path: &Utf8Path| {
        path == DEFINITION || FOLDERS.iter().any(|folder| path.starts_with(folder))
    };
    for (path, text) in found.files.into_iter().filter(|(path, _)| effective(path)) {
        files.insert(path, text.into_bytes())?;
    }
    if files.get(DEFINITION.into()).is_none() {
        return Err(format!("{folder} has no {DEFINITION} at {revision}"));
    }
    Ok(files)
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let local = local(cli);
    let found = blueprint::open_any(&source(&arguments.folder.folder), &local).map_err(refused)?;
    let asked = policy::ask(&found, &[]).map_err(policies::refused)?;
    let mut faults = lint::lint(&found);
    faults.extend(asked.lint);
    if let Some(older) = &arguments.against {
        let older = if inputs::is_folder(&cli.directory.join(older)) {
            blueprint::open_any(&source(older), &local)
        } else {
            let committed = committed(&cli.directory.join(&arguments.folder.folder), older)?;
            let own = source(&arguments.folder.folder);
            blueprint::open_any(&own, &Committed { committed, local })
        };
        let older = older.map_err(refused)?;
        let before = policy::ask(&older, &[]).map_err(policies::refused)?;
        faults.extend(lint::against(&found, &older, [&asked.rules, &before.rules]));
    }
    cli.hear(&mut faults);
    let mut sources = found.sources();
    sources.0.extend(asked.sources.0);
    if faults.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(Failure {
            status: Status::Error,
            diagnostics: faults,
            sources,
        });
    }
    if !faults.is_empty() {
        report(&faults, &sources, cli.format);
    }
    if !cli.is_quiet() {
        say(&format!(
            "{} {}: nothing is wrong\n",
            found.name, found.version
        ));
    }
    Ok(Status::Done)
}
