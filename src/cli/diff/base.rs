//! What is committed at a revision with the files on disk.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use camino::{Utf8Path, Utf8PathBuf};

use super::context::Context;
use super::pipeline::Texts;
use super::sources::{
    Compared, Files, described, disk, environments, graphs, is_empty, named, of_graphs, placed,
    wanted,
};
use crate::cli::pipeline::{self, OnDisk};
use crate::cli::{Cli, Failure, joined};
use crate::diff::report::Report;
use crate::guardrail::ReadBack;
use crate::manifest::{self, Loaded};
use crate::workspace;
use crate::workspace::git::{Commit, Repository};

/// Where the service is.
struct Place {
    out: Utf8PathBuf,
    service: String,
}

/// The report of a comparison with a revision; without one, with where HEAD left its upstream branch.
pub(super) fn report(cli: &Cli, revision: &str) -> Result<Report, Failure> {
    let (tell_place, place) = mpsc::channel();
    let (tell_disk, on_disk) = mpsc::channel();
    // Neither needs the other, but for a word: what would be generated, and what became of what is committed.
    let (unjudged, compared) = std::thread::scope(|scope| {
        let told = move |loaded: &Loaded| {
            let out = loaded.manifest.out().into();
            let service = loaded.manifest.service.clone();
            // Nobody asks where git did not answer.
            let _ = tell_place.send(Place { out, service });
        };
        let unjudged = scope.spawn(|| {
            let asked = move || on_disk.recv().ok();
            let (directory, manifest) = (&cli.directory, &cli.manifest);
            let environment = cli.environment();
            let unjudged =
                pipeline::unjudged(environment, directory, manifest, told, asked, &wanted)?;
            let stale = unjudged.is_stale();
            Ok::<_, Failure>((unjudged, stale))
        });
        let compared = compared(cli, revision, &place, tell_disk);
        (joined(unjudged), compared)
    });
    let (unjudged, stale) = unjudged?;
    let Committed {
        commit,
        manifest,
        is_new,
        pipeline,
        compared,
    } = compared?;
    let Compared {
        findings,
        not_checked,
        notes,
    } = compared;
    let candidate = unjudged.candidate();
    let context = Context::new(candidate, manifest)?;
    let mut report = described(candidate, &context, findings, true)?;
    report.not_checked = not_checked;
    report.texts = super::pipeline::committed(candidate, &pipeline)?;
    report.notes.extend(notes);
    let short = commit.short();
    report.base = if revision.is_empty() {
        short.to_owned()
    } else {
        format!("{revision}@{short}")
    };
    report.head = "worktree".into();
    report.sources = vec!["git".to_owned(), "disk".to_owned()];
    if is_new {
        report.notes.push(format!(
            "nothing is committed in {} at {short}: everything is new",
            candidate.out
        ));
    }
    if stale? {
        report.notes.push(
            "the files on disk are not what the manifest stands for: run `slgen generate`, or see `slgen diff`"
                .to_owned(),
        );
    }
    Ok(report)
}

/// A revision, and what has become of it on disk.
struct Committed {
    commit: Commit,
    /// The manifest, where there is one that can be read.
    manifest: Option<Loaded>,
    /// No Terraform is committed.
    is_new: bool,
    /// Files of the pipeline, some of which stand elsewhere in the repository.
    pipeline: Texts,
    compared: Compared,
}

/// Reads and compares both sides, and tells what was read of the disk as soon as it is.
fn compared(
    cli: &Cli,
    revision: &str,
    place: &Receiver<Place>,
    tell_disk: Sender<Arc<OnDisk>>,
) -> Result<Committed, String> {
    let root = pipeline::root(&cli.directory, &cli.manifest);
    // From its root: one process answers for the project and for what stands beside it.
    let mut repository = Repository::discover(&workspace::repository_of(&root)?)?;
    let commit = if revision.is_empty() {
        repository.merge_base(None)?
    } else {
        repository.resolve(revision)?
    };
    // What is wrong with a manifest the other thread says.
    let Ok(Place { out, service }) = place.recv() else {
        return Err(format!("{} could not be read", cli.manifest));
    };
    let site = workspace::site(&root, &out, &service)?;
    let folder = site.project.join(&out);
    let before: Files = repository.files_of(&commit, &folder, &wanted)?.files;
    let name = cli.manifest.file_name().unwrap_or("slgen.yaml");
    let manifest = repository.file(&commit, &site.project.join(name))?;
    let manifest = manifest.and_then(|text| manifest::load_unchecked(&cli.manifest, &text).ok());
    let pipeline = super::pipeline::at(&mut repository, &commit, &site, &out)?;
    repository.close();
    let after = disk(&root.join(&out))?;
    let is_new = is_empty(&before);
    let compared = changes(cli.environment(), &before, after, &out, tell_disk);
    Ok(Committed {
        commit,
        manifest,
        is_new,
        pipeline,
        compared,
    })
}

/// Compares two versions of the files, and tells what was read of that on disk where all of it is ours.
fn changes(
    environment: Option<&str>,
    before: &Files,
    after: Files,
    out: &Utf8Path,
    tell_disk: Sender<Arc<OnDisk>>,
) -> Compared {
    if *before == after {
        return Compared::default();
    }
    let shown = |file: &Utf8Path| out.join(file);
    let names = environments(&after);
    let alike = !names.is_empty() && names == environments(before) && !is_empty(before);
    let (old, new) = if alike {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (new, old) = ReadBack::graphs_of_two(&after, before, &names);
        let whole = new.iter().all(Result::is_ok);
        let (old, graphs) = (named(before, &names, old), named(&after, &names, new));
        let disk = OnDisk {
            graphs,
            files: after,
        };
        let disk = Arc::new(disk);
        if whole {
            // Nobody asks where the manifest is at fault.
            let _ = tell_disk.send(Arc::clone(&disk));
        }
        (old, disk)
    } else {
        let graphs = graphs(&after);
        let files = after;
        (self::graphs(before), Arc::new(OnDisk { files, graphs }))
    };
    drop(tell_disk);
    let mut compared = of_graphs(environment, &old, &new.graphs, &shown);
    placed(&mut compared, out);
    // The process ends soon: to take them apart would only cost time.
    std::mem::forget((old, new));
    compared
}
