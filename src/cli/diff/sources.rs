//! Where the two sides come from.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::context::Context;
use crate::cli::pipeline::{self, Prepared};
use crate::cli::{Cli, Failure};
use crate::diff::report::{NotChecked, Report};
use crate::diff::{ChangeKind, Finding, Nature, Pairing, Question, Side, add_lock, compare, fold};
use crate::graph::{Graph, NotRead, hcl};
use crate::guardrail::ReadBack;
use crate::inputs::{self, Kind};
use crate::workspace::git::Repository;
use crate::workspace::{self, Action};

/// Text by path below the root module.
pub(super) type Files = BTreeMap<Utf8PathBuf, String>;
/// One graph for each environment; code of others has one without a name.
pub(super) type Graphs = BTreeMap<String, Graph>;

/// Largest file that is read.
pub(super) const MOST_BYTES: u64 = 2 << 20;
/// More files than any service has.
const MOST_FILES: usize = 5000;

/// The files on disk with what would be generated.
pub(super) fn generated(cli: &Cli) -> Result<Report, Failure> {
    let (prepared, environments) =
        pipeline::prepare_with_environments(cli.environment(), &cli.directory, &cli.manifest)?;
    let disk = disk(&prepared.root.join(&prepared.out))?;
    let generated = code_of(&prepared);
    let mut after = generated.clone();
    let assessed = workspace::assess(&prepared.root, &prepared.out, prepared.files.clone())?;
    // What the user wrote beside ours stays.
    for (path, text) in &disk {
        let kept = assessed
            .actions
            .get(path)
            .is_none_or(|a| *a == Action::Keep);
        if kept {
            after.entry(path.clone()).or_insert_with(|| text.clone());
        }
    }
    let edited: BTreeSet<&Utf8PathBuf> = assessed
        .actions
        .iter()
        .filter(|(_, action)| matches!(action, Action::Edited | Action::Keep))
        .map(|(path, _)| path)
        .collect();
    let known = (after == generated).then(|| read_graphs(environments, &after));
    let (mut findings, not_checked) = of_files(cli, &disk, &after, known, &prepared.out);
    for finding in &mut findings {
        let file = finding.location.as_ref().map(|l| &l.file);
        let hand = file.is_some_and(|f| {
            f.strip_prefix(&prepared.out)
                .is_ok_and(|f| edited.contains(&f.to_owned()))
        });
        if hand {
            finding.kind = ChangeKind::HandEdited;
        }
    }
    let context = Context::new(&prepared, None)?;
    let mut report = described(&prepared, &context, findings, false)?;
    report = Report {
        findings: report.findings,
        exceptions: report.exceptions,
        not_checked,
        texts: super::pipeline::generated(&prepared)?,
        ..disk_with_generated(report.subject, report.manifest)
    };
    report.notes.extend(edited.iter().map(|path| {
        format!(
            "{} was edited since slgen wrote it",
            prepared.out.join(path)
        )
    }));
    Ok(report)
}

/// The report where there is nothing to say.
pub(super) fn disk_with_generated(subject: String, manifest: String) -> Report {
    Report {
        subject,
        manifest,
        base: "disk".into(),
        head: "generated".into(),
        sources: vec!["disk".to_owned(), "generated".to_owned()],
        ..Report::default()
    }
}

/// What is committed at a revision with the files on disk.
pub(super) fn base(cli: &Cli, revision: &str) -> Result<Report, Failure> {
    let (prepared, environments) =
        pipeline::prepare_with_environments(cli.environment(), &cli.directory, &cli.manifest)?;
    let mut repository = Repository::discover(&prepared.root)?;
    let commit = if revision.is_empty() {
        repository.merge_base(None)?
    } else {
        repository.resolve(revision)?
    };
    let before = repository.files(&commit, &prepared.out)?;
    let name = prepared.loaded.file.file_name().unwrap_or("slgen.yaml");
    let manifest = repository.file(&commit, name.into())?;
    let after = disk(&prepared.root.join(&prepared.out))?;
    let before: Files = before
        .files
        .into_iter()
        .filter(|(p, _)| wanted(p))
        .collect();
    let known = (after == code_of(&prepared)).then(|| read_graphs(environments, &after));
    let (findings, not_checked) = of_files(cli, &before, &after, known, &prepared.out);
    let context = Context::new(&prepared, manifest.as_deref())?;
    let mut report = described(&prepared, &context, findings, true)?;
    report.not_checked = not_checked;
    report.texts = super::pipeline::committed(&prepared, &commit)?;
    let short = commit.short();
    report.base = if revision.is_empty() {
        short.to_owned()
    } else {
        format!("{revision}@{short}")
    };
    report.head = "worktree".into();
    report.sources = vec!["git".to_owned(), "disk".to_owned()];
    if before.keys().all(|path| path.extension() != Some("tf")) {
        report.notes.push(format!(
            "nothing is committed in {} at {short}: everything is new",
            prepared.out
        ));
    }
    let stale = workspace::assess(&prepared.root, &prepared.out, prepared.files.clone())?;
    if stale.is_stale() {
        report.notes.push(
            "the files on disk are not what the manifest stands for: run `slgen generate`, or see `slgen diff`"
                .to_owned(),
        );
    }
    Ok(report)
}

/// The report without its names.
pub(super) fn described(
    prepared: &Prepared,
    context: &Context<'_>,
    mut findings: Vec<Finding>,
    with_base: bool,
) -> Result<Report, Failure> {
    for finding in &mut findings {
        context.complete(finding);
    }
    let findings = fold(findings);
    Ok(Report {
        subject: prepared.loaded.manifest.service.clone(),
        manifest: prepared.loaded.file.to_string(),
        exceptions: context.exception_notes(&findings, with_base)?,
        findings,
        ..Report::default()
    })
}

/// Of what would be generated, the part that is compared.
fn code_of(prepared: &Prepared) -> Files {
    let files = prepared.files.iter().filter(|(path, _)| wanted(path));
    files.map(|(p, text)| (p.clone(), text.clone())).collect()
}

/// The graphs that were read back of the files when they were generated.
fn read_graphs(environments: Vec<ReadBack>, files: &Files) -> Graphs {
    let graphs = environments.into_iter().map(|e| (e.environment, e.graph));
    with_lock(graphs.collect(), files)
}

/// Compares two versions of a root module in every environment, or the one asked for, and says what of them could not
/// be read. The graphs of the later one may be known already. Places are given below `folder`.
fn of_files(
    cli: &Cli,
    before: &Files,
    after: &Files,
    known: Option<Graphs>,
    folder: &Utf8Path,
) -> (Vec<Finding>, Vec<NotChecked>) {
    if before == after {
        return (Vec::new(), Vec::new());
    }
    let shown = |file: &Utf8Path| folder.join(file);
    let after = known.unwrap_or_else(|| graphs(after));
    let (mut findings, not_checked) = of_graphs(cli, &graphs(before), &after, &shown);
    for finding in &mut findings {
        if let Some(location) = &mut finding.location {
            location.file = folder.join(&location.file);
        }
    }
    (findings, not_checked)
}

/// The same for what was read of them; `shown` is how a file is called in what could not be read.
pub(super) fn of_graphs(
    cli: &Cli,
    old: &Graphs,
    new: &Graphs,
    shown: &dyn Fn(&Utf8Path) -> Utf8PathBuf,
) -> (Vec<Finding>, Vec<NotChecked>) {
    let mut names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.retain(|name| cli.environment().is_none_or(|asked| *name == asked));
    let nothing = Graph::default();
    let mut findings = Vec::new();
    for name in names {
        let a = old.get(name).unwrap_or(&nothing);
        let b = new.get(name).unwrap_or(&nothing);
        findings.extend(compare(
            Side {
                graph: a,
                nature: Nature::Code,
            },
            Side {
                graph: b,
                nature: Nature::Code,
            },
            &Question {
                kind: ChangeKind::Pending,
                pairing: Pairing::Address,
                environment: name,
                complete: &|_| true,
            },
        ));
    }
    for finding in &mut findings {
        finding.environments.retain(|name| !name.is_empty());
    }
    let mut not_checked: Vec<NotChecked> = Vec::new();
    for (graphs, base) in [(old, true), (new, false)] {
        for not in graphs.values().flat_map(|g| not_read(g, shown, base)) {
            if !not_checked.contains(&not) {
                not_checked.push(not);
            }
        }
    }
    (findings, not_checked)
}

/// What of code could not be read. `shown` is how a file is called; `base` is the side before.
pub(super) fn not_read(
    graph: &Graph,
    shown: &dyn Fn(&Utf8Path) -> Utf8PathBuf,
    base: bool,
) -> Vec<NotChecked> {
    let of_one = |not: &NotRead| {
        let place = not.location.as_ref().map_or(String::new(), |at| {
            format!(" ({}:{})", shown(&at.file), at.line)
        });
        let base = if base { ", at the base" } else { "" };
        NotChecked {
            check: format!("{}{place}{base}", not.what),
            reason: not.why.clone(),
            action: None,
        }
    };
    graph.not_read.iter().map(of_one).collect()
}

/// Names of the environments that a root module has variables for.
pub(super) fn environments(files: &Files) -> Vec<String> {
    files
        .keys()
        .filter(|path| path.parent() == Some(Utf8Path::new("environments")))
        .filter_map(|path| path.as_str().strip_suffix(".tfvars"))
        .filter_map(|path| path.strip_prefix("environments/"))
        .map(str::to_owned)
        .collect()
}

/// The graph of each environment of a root module. What a service of ours would not contain is
/// read as other people's Terraform is: what is not understood stands in `not_read`.
pub(super) fn graphs(files: &Files) -> Graphs {
    let environments = environments(files);
    let mut graphs = Graphs::new();
    if files.keys().all(|path| path.extension() != Some("tf")) {
        return graphs;
    }
    if environments.is_empty() {
        let graph = hcl::read_foreign(files, Utf8Path::new(""), &[]);
        graphs.insert(String::new(), graph);
    }
    let names: Vec<&str> = environments.iter().map(String::as_str).collect();
    let read = ReadBack::graphs(files, &names);
    for (environment, graph) in environments.iter().zip(read) {
        let graph = graph.unwrap_or_else(|_| ReadBack::foreign(files, environment));
        graphs.insert(environment.clone(), graph);
    }
    with_lock(graphs, files)
}

/// Adds what the lock file of the providers says.
fn with_lock(mut graphs: Graphs, files: &Files) -> Graphs {
    let lock = Utf8Path::new(".terraform.lock.hcl");
    if let Some(text) = files.get(lock) {
        for graph in graphs.values_mut() {
            add_lock(graph, lock.as_str(), text);
        }
    }
    graphs
}

/// Whether a file is part of a root module or of a module below it.
pub(super) fn wanted(path: &Utf8Path) -> bool {
    let name = path.as_str();
    [
        ".tf",
        ".tf.json",
        ".tfvars",
        ".tfvars.json",
        ".tfbackend",
        ".terraform.lock.hcl",
    ]
    .iter()
    .any(|end| name.ends_with(end))
        || (path.extension() == Some("json") && !name.starts_with('.'))
}

/// The files of a folder, its subfolders included; hidden ones and links are left out.
pub(super) fn disk(folder: &Utf8Path) -> Result<Files, String> {
    let mut files = Files::new();
    let mut open = vec![Utf8PathBuf::new()];
    while let Some(below) = open.pop() {
        let here = folder.join(&below);
        let listing = match inputs::list(&here) {
            Ok(listing) => listing,
            // There is no such folder.
            Err(_) if below.as_str().is_empty() && !inputs::is_folder(folder) => return Ok(files),
            Err(error) => return Err(format!("{here}: {error}")),
        };
        if let Some(fault) = listing.faults.first() {
            return Err(format!("{here}: {fault}"));
        }
        for entry in listing.entries {
            let path = below.join(&entry.name);
            if entry.kind == Kind::Folder && !entry.name.starts_with('.') {
                open.push(path);
            } else if entry.kind == Kind::File && wanted(&path) {
                let full = folder.join(&path);
                let read = inputs::text(&full, MOST_BYTES).map_err(|e| format!("{full}: {e}"))?;
                let Some(text) = read else {
                    if path.extension() == Some("tf") {
                        return Err(format!("{full}: larger than 2 MiB"));
                    }
                    continue;
                };
                if files.len() >= MOST_FILES {
                    return Err(format!("{folder}: more than {MOST_FILES} files"));
                }
                files.insert(path, text);
            }
        }
    }
    Ok(files)
}
