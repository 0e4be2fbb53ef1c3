//! What is committed at a revision with the files on disk.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::context::Context;
use super::pipeline::Texts;
use super::sources::{
    Compared, Files, described, disk, environments, graphs, is_empty, named, of_graphs, placed,
    wanted,
};
use crate::cli::pipeline::{self, OnDisk};
use crate::cli::{Cli, Failure, joined};
use crate::diff::{self, report::Report};
use crate::graph::hcl;
use crate::guardrail::ReadBack;
use crate::manifest::{self, Loaded};
use crate::workspace;
use crate::workspace::git::{Commit, Repository};

/// Where the service is.
#[derive(Clone)]
struct Place {
    out: Utf8PathBuf,
    service: String,
}

/// The report of a comparison with a revision; without one, with where HEAD left its upstream branch.
pub(super) fn report(cli: &Cli, revision: &str) -> Result<Report, Failure> {
    // A thread less to wait for.
    hcl::roomy(&|| compared(cli, revision))
}

fn compared(cli: &Cli, revision: &str) -> Result<Report, Failure> {
    let (tell_git, place_for_git) = mpsc::channel();
    let (tell_disk, place_on_disk) = mpsc::channel();
    let (tell_after, after) = mpsc::channel();
    let (tell_before, before) = mpsc::channel();
    let (tell_read, read) = mpsc::channel();
    // None needs the others, but for a word: what would be generated, what is committed, and what became of that.
    let (unjudged, committed, changed) = std::thread::scope(|scope| {
        let told = move |loaded: &Loaded| {
            let place = Place {
                out: loaded.manifest.out().into(),
                service: loaded.manifest.service.clone(),
            };
            // Nobody asks where the disk could not be read. Git comes second: the threads that work all the time then have a
            // core each, before it asks for one.
            let _ = tell_disk.send(place.clone());
            let _ = tell_git.send(place);
        };
        let unjudged = scope.spawn(|| {
            let asked = move || read.recv().ok();
            let (directory, manifest) = (&cli.directory, &cli.manifest);
            let environment = cli.environment();
            let unjudged =
                pipeline::unjudged(environment, directory, manifest, told, asked, &wanted)?;
            let stale = unjudged.is_stale();
            Ok::<_, Failure>((unjudged, stale))
        });
        let committed =
            scope.spawn(move || committed(cli, revision, (&place_for_git, &after), &tell_before));
        let changed = changes(cli, &place_on_disk, tell_after, before, tell_read);
        (joined(unjudged), joined(committed), changed)
    });
    let (unjudged, stale) = unjudged?;
    let Committed {
        commit,
        manifest,
        pipeline,
    } = committed?;
    let Changes { is_new, compared } = changed?;
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

/// A revision of the service, but for its Terraform.
struct Committed {
    commit: Commit,
    /// The manifest, where there is one that can be read.
    manifest: Option<Loaded>,
    /// Files of the pipeline, some of which stand elsewhere in the repository.
    pipeline: Texts,
}

/// Reads what is committed, and tells the Terraform as soon as it is read.
fn committed(
    cli: &Cli,
    revision: &str,
    (place, after): (&Receiver<Place>, &Receiver<Arc<Files>>),
    tell_before: &Sender<Files>,
) -> Result<Committed, String> {
    // What is wrong with a manifest the other thread says.
    let Ok(Place { out, service }) = place.recv() else {
        return Err(unread(cli));
    };
    let root = pipeline::root(&cli.directory, &cli.manifest);
    // From its root: one process answers for the project and for what stands beside it.
    let mut repository = Repository::discover(&workspace::repository_of(&root)?)?;
    let commit = if revision.is_empty() {
        repository.merge_base(None)?
    } else {
        repository.resolve(revision)?
    };
    let site = workspace::site(&root, &out, &service)?;
    let folder = site.project.join(&out);
    // Nothing where the disk could not be read.
    let after = after.recv().unwrap_or_default();
    let before = repository.files_of(&commit, &folder, &wanted, &after)?;
    let before = before.files;
    // Nobody asks where the disk could not be read.
    let _ = tell_before.send(before);
    let name = cli.manifest.file_name().unwrap_or("slgen.yaml");
    let manifest = repository.file(&commit, &site.project.join(name))?;
    let pipeline = super::pipeline::at(&mut repository, &commit, &site, &out)?;
    repository.close();
    let manifest = manifest.and_then(|text| manifest::load_unchecked(&cli.manifest, &text).ok());
    Ok(Committed {
        commit,
        manifest,
        pipeline,
    })
}

fn unread(cli: &Cli) -> String {
    format!("{} could not be read", cli.manifest)
}

/// What has become of the Terraform of a revision.
struct Changes {
    /// None was committed.
    is_new: bool,
    compared: Compared,
}

/// Reads the Terraform on disk while git answers, and compares it with what is committed. It is told as soon as it is read
/// where all of it is ours.
fn changes(
    cli: &Cli,
    place: &Receiver<Place>,
    tell_after: Sender<Arc<Files>>,
    before: Receiver<Files>,
    tell_read: Sender<Arc<OnDisk>>,
) -> Result<Changes, String> {
    let root = pipeline::root(&cli.directory, &cli.manifest);
    // Until it is known where to look: what all of them need.
    manifest::schema();
    diff::read_tables();
    let Ok(Place { out, .. }) = place.recv() else {
        return Err(unread(cli));
    };
    let after = Arc::new(disk(&root.join(&out))?);
    // Nobody asks where git did not answer.
    let _ = tell_after.send(Arc::clone(&after));
    drop(tell_after);
    let names = environments(&after);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let committed: OnceLock<Files> = OnceLock::new();
    // Nothing where git did not answer, of which the other thread tells.
    let wait = |before: Receiver<Files>| {
        let before = before.recv().ok()?;
        Some(committed.get_or_init(|| before))
    };
    let (graphs, beside, whole) = if names.is_empty() {
        wait(before);
        (self::graphs(&after), None, false)
    } else {
        let alike = || {
            let before = wait(before)?;
            let alike = names == environments(before) && !is_empty(before);
            (alike && *before != *after).then_some(before)
        };
        let (read, beside) = ReadBack::graphs_beside(&after, alike, &names);
        let whole = read.iter().all(Result::is_ok);
        (named(&after, &names, read), beside, whole)
    };
    let before = committed.get();
    let before = before.ok_or("internal error: nothing is known of what is committed")?;
    let old = beside.map(|read| named(before, &names, read));
    let new = OnDisk {
        graphs,
        files: after,
    };
    let new = Arc::new(new);
    if whole {
        // Nobody asks where the manifest is at fault.
        let _ = tell_read.send(Arc::clone(&new));
    }
    drop(tell_read);
    let is_new = is_empty(before);
    if *before == *new.files {
        let compared = Compared::default();
        return Ok(Changes { is_new, compared });
    }
    let old = old.unwrap_or_else(|| self::graphs(before));
    let shown = |file: &Utf8Path| out.join(file);
    let mut compared = of_graphs(cli.environment(), &old, &new.graphs, &shown);
    placed(&mut compared, &out);
    // The process ends soon: to take them apart would only cost time.
    std::mem::forget((old, new));
    Ok(Changes { is_new, compared })
}
