//! Where the two sides come from.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::context::Context;
use super::pipeline::MOST_BYTES;
use crate::cli::each::each;
use crate::cli::pipeline::{self, Candidate, Prepared};
use crate::cli::{Cli, Failure};
use crate::diff::report::{NotChecked, Report};
use crate::diff::{ChangeKind, Finding, Nature, Pairing, Question, Side, add_lock, compare, fold};
use crate::graph::{Graph, NotRead, hcl};
use crate::guardrail::ReadBack;
use crate::inputs::{self, Kind};
use crate::manifest;
use crate::workspace::{self, Action};

/// Text by path below the root module.
pub(super) type Files = BTreeMap<Utf8PathBuf, String>;
/// One graph for each environment; code of others has one without a name.
pub(super) type Graphs = BTreeMap<String, Graph>;

/// More files than any service has.
const MOST_FILES: usize = 5000;

/// The files on disk with what would be generated.
pub(super) fn generated(cli: &Cli) -> Result<Report, Failure> {
    let (prepared, environments) =
        pipeline::prepare_with_environments(cli.environment(), &cli.directory, &cli.manifest)?;
    let disk = disk(&prepared.root.join(&prepared.out))?;
    let Left { files, edited } = left(&prepared, &disk)?;
    let known = (files == code_of(&prepared)).then(|| read_graphs(environments, &files));
    let sides = Sides {
        before: &disk,
        after: &files,
        graphs: (None, known),
    };
    let Compared {
        mut findings,
        not_checked,
        notes,
    } = sides.compare(cli.environment(), &prepared.out);
    for finding in &mut findings {
        let file = finding.location.as_ref().map(|l| &l.file);
        let hand = file.is_some_and(|f| {
            f.strip_prefix(&prepared.out)
                .is_ok_and(|f| edited.contains(f))
        });
        if hand {
            finding.kind = ChangeKind::HandEdited;
        }
    }
    let candidate = prepared.candidate();
    let context = Context::new(candidate, None)?;
    let mut report = described(candidate, &context, findings, false)?;
    report = Report {
        findings: report.findings,
        exceptions: report.exceptions,
        not_checked,
        texts: super::pipeline::generated(candidate)?,
        ..disk_with_generated(report.subject, report.manifest)
    };
    report.notes.extend(notes);
    report.notes.extend(edited.iter().map(|path| {
        format!(
            "{} was edited since slgen wrote it",
            prepared.out.join(path)
        )
    }));
    Ok(report)
}

/// What is generated of a service, and what would be of another version of it.
pub(in crate::cli) fn versions(
    (old, old_read): (&Prepared, Vec<ReadBack>),
    (new, new_read): (&Prepared, Vec<ReadBack>),
) -> Result<Report, Failure> {
    let (before, after) = (code_of(old), code_of(new));
    let sides = Sides {
        before: &before,
        after: &after,
        graphs: (
            Some(read_graphs(old_read, &before)),
            Some(read_graphs(new_read, &after)),
        ),
    };
    let Compared {
        findings,
        not_checked,
        notes,
    } = sides.compare(None, &new.out);
    // As it is written, without what its blueprint says.
    let base = manifest::load(&new.loaded.file, &old.loaded.text).ok();
    let context = Context::new(new.candidate(), base)?;
    let mut report = described(new.candidate(), &context, findings, false)?;
    report.not_checked = not_checked;
    report.notes.extend(notes);
    report.sources = vec!["generated".to_owned(), "generated".to_owned()];
    Ok(report)
}

/// The root module once everything is generated.
pub(super) struct Left {
    /// What is generated, and what the user wrote beside it, which stays.
    pub(super) files: Files,
    /// What is not as slgen wrote it.
    pub(super) edited: BTreeSet<Utf8PathBuf>,
}

/// What generating would leave, where `disk` is there now.
pub(super) fn left(prepared: &Prepared, disk: &Files) -> Result<Left, Failure> {
    let assessed = workspace::assess(&prepared.root, &prepared.out, prepared.files.clone())?;
    let stays = |path: &Utf8PathBuf| {
        let action = assessed.actions.get(path);
        action.is_none_or(|action| *action == Action::Keep)
    };
    let mut files = code_of(prepared);
    for (path, text) in disk.iter().filter(|(path, _)| stays(path)) {
        files.entry(path.clone()).or_insert_with(|| text.clone());
    }
    let actions = assessed.actions.into_iter();
    let edited = actions.filter(|(_, a)| matches!(a, Action::Edited | Action::Keep));
    Ok(Left {
        files,
        edited: edited.map(|(path, _)| path).collect(),
    })
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

/// The report without its names.
pub(super) fn described(
    candidate: Candidate<'_>,
    context: &Context<'_>,
    mut findings: Vec<Finding>,
    with_base: bool,
) -> Result<Report, Failure> {
    for finding in &mut findings {
        context.complete(finding);
    }
    let findings = fold(findings);
    Ok(Report {
        subject: candidate.loaded.manifest.service.clone(),
        manifest: candidate.loaded.file.to_string(),
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

/// Two versions of a root module.
struct Sides<'a> {
    before: &'a Files,
    after: &'a Files,
    /// What was read of each, where it is known already.
    graphs: (Option<Graphs>, Option<Graphs>),
}

/// What a comparison finds.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) findings: Vec<Finding>,
    pub(super) not_checked: Vec<NotChecked>,
    /// What was not read and is the same on both sides.
    pub(super) notes: Vec<String>,
}

impl Sides<'_> {
    /// Compares them in every environment, or the one asked for. Places are given below `folder`.
    fn compare(self, environment: Option<&str>, folder: &Utf8Path) -> Compared {
        if self.before == self.after {
            return Compared::default();
        }
        let shown = |file: &Utf8Path| folder.join(file);
        let before = self.graphs.0.unwrap_or_else(|| graphs(self.before));
        let after = self.graphs.1.unwrap_or_else(|| graphs(self.after));
        let mut compared = of_graphs(environment, &before, &after, &shown);
        placed(&mut compared, folder);
        compared
    }
}

/// Gives the places of what was found below a folder.
pub(super) fn placed(compared: &mut Compared, folder: &Utf8Path) {
    for finding in &mut compared.findings {
        if let Some(location) = &mut finding.location {
            location.file = folder.join(&location.file);
        }
    }
}

/// The same for what was read of them; `shown` is how a file is called in what could not be read.
pub(super) fn of_graphs(
    environment: Option<&str>,
    old: &Graphs,
    new: &Graphs,
    shown: &dyn Fn(&Utf8Path) -> Utf8PathBuf,
) -> Compared {
    let mut names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.retain(|name| environment.is_none_or(|asked| *name == asked));
    let nothing = Graph::default();
    let names: Vec<&String> = names.into_iter().collect();
    let code = |graph| Side {
        graph,
        nature: Nature::Code,
    };
    let findings = each(&names, true, |name| {
        let a = old.get(*name).unwrap_or(&nothing);
        let b = new.get(*name).unwrap_or(&nothing);
        let question = Question {
            kind: ChangeKind::Pending,
            pairing: Pairing::Address,
            environment: name,
            complete: &|_| true,
        };
        compare(code(a), code(b), &question)
    });
    let mut findings: Vec<Finding> = findings.into_iter().flatten().collect();
    for finding in &mut findings {
        finding.environments.retain(|name| !name.is_empty());
    }
    let mut not_checked: Vec<NotChecked> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    for (graphs, others, base) in [(old, new, true), (new, old, false)] {
        for (name, graph) in graphs {
            let other = others.get(name).unwrap_or(&nothing);
            for not in &graph.not_read {
                let said = not_read(not, shown, base);
                if is_called_alike(not, other) {
                    let note = format!(
                        "{}: {}; it is called with the same on both sides",
                        said.check, said.reason
                    );
                    if !base && !notes.contains(&note) {
                        notes.push(note);
                    }
                } else if !not_checked.contains(&said) {
                    not_checked.push(said);
                }
            }
        }
    }
    Compared {
        findings,
        not_checked,
        notes,
    }
}

/// Whether the other side calls the same module, which is not here, with the same source, version and inputs: whatever
/// it makes, it makes on both.
fn is_called_alike(not: &NotRead, other: &Graph) -> bool {
    let mut others = other.not_read.iter();
    not.call.is_some() && others.any(|o| o.what == not.what && o.call == not.call)
}

/// What of code could not be read. `shown` is how a file is called; `base` is the side before.
pub(super) fn not_read(
    not: &NotRead,
    shown: &dyn Fn(&Utf8Path) -> Utf8PathBuf,
    base: bool,
) -> NotChecked {
    let place = not.location.as_ref().map_or(String::new(), |at| {
        format!(" ({}:{})", shown(&at.file), at.line)
    });
    let base = if base { ", at the base" } else { "" };
    NotChecked {
        check: format!("{}{place}{base}", not.what),
        reason: not.why.clone(),
        action: None,
    }
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
    if is_empty(files) {
        return Graphs::new();
    }
    let environments = environments(files);
    if environments.is_empty() {
        let graph = hcl::read_foreign(files, Utf8Path::new(""), &[]);
        return with_lock(Graphs::from([(String::new(), graph)]), files);
    }
    let names: Vec<&str> = environments.iter().map(String::as_str).collect();
    named(files, &names, ReadBack::graphs(files, &names))
}

/// Whether there is no Terraform among some files.
pub(super) fn is_empty(files: &Files) -> bool {
    files.keys().all(|path| path.extension() != Some("tf"))
}

/// What was read of each environment; what could not be is read as other people's Terraform.
pub(super) fn named(files: &Files, environments: &[&str], read: hcl::Graphs) -> Graphs {
    let read = environments.iter().zip(read).map(|(environment, graph)| {
        let graph = graph.unwrap_or_else(|_| ReadBack::foreign(files, environment));
        ((*environment).to_owned(), graph)
    });
    with_lock(read.collect(), files)
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
