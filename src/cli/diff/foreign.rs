//! Other people's Terraform: a folder with a revision of it, or with another folder. No manifest is
//! needed.
//!
//! What the code leads to is read too (local modules above the folder, files it names), as far as it
//! is in the same repository.
#![allow(clippy::disallowed_methods, reason = "these answers are not kept")]

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::Arguments;
use super::pipeline::MOST_BYTES;
use super::sources::{Compared, Files, Graphs, disk, environments, of_graphs, wanted};
use crate::cli::{Cli, Failure};
use crate::diagnostic::Diagnostic;
use crate::diff::report::Report;
use crate::diff::{add_lock, fold};
use crate::graph::hcl;
use crate::workspace::git::{Commit, Repository};

/// How often what was read may lead to more.
const MOST_ROUNDS: usize = 20;

/// Where files come from: a root that nothing is read above, and the folder of the root module.
struct Origin {
    root: Utf8PathBuf,
    folder: Utf8PathBuf,
    committed: Option<(Repository, Commit)>,
}

impl Origin {
    /// A folder on disk; its root is that of its repository, where it is in one.
    fn disk(folder: &Utf8Path) -> Result<Self, Failure> {
        let missing = |e: std::io::Error| input(format!("{folder}: {e}"));
        let real = folder.canonicalize_utf8().map_err(missing)?;
        let repository = real.ancestors().find(|a| a.join(".git").exists());
        let root = repository.unwrap_or(&real).to_owned();
        let folder = real.strip_prefix(&root).unwrap_or("".into()).to_owned();
        Ok(Self {
            root,
            folder,
            committed: None,
        })
    }

    /// The same folder as it is committed.
    fn at(&self, repository: Repository, commit: Commit) -> Self {
        Self {
            root: self.root.clone(),
            folder: self.folder.clone(),
            committed: Some((repository, commit)),
        }
    }

    /// Files of the root module's folder and below, by path from the root.
    fn tree(&mut self) -> Result<Files, String> {
        let below = match &mut self.committed {
            None => disk(&self.root.join(&self.folder))?,
            Some((repository, commit)) => repository.files(commit, &self.folder)?.files,
        };
        let below = below.into_iter().filter(|(path, _)| wanted(path));
        Ok(below.map(|(p, text)| (self.folder.join(p), text)).collect())
    }

    /// A file that code names, or the files of a folder that it names as a module.
    fn named(&mut self, path: &Utf8Path) -> Result<Files, String> {
        let one = |text| Files::from([(path.to_owned(), text)]);
        if let Some((repository, commit)) = &mut self.committed {
            if let Some(parent) = path.parent()
                && path.file_name().is_some()
                && parent
                    .components()
                    .all(|c| matches!(c, Utf8Component::Normal(_)))
                && let Ok(Some(text)) = repository.file(commit, path)
            {
                return Ok(one(text));
            }
            let files = repository.folder(commit, path)?.files.into_iter();
            return Ok(files
                .filter(|(p, _)| wanted(p))
                .map(|(p, text)| (path.join(p), text))
                .collect());
        }
        let here = self.root.join(path);
        // No link leads out of the repository.
        let inside = here.canonicalize_utf8().is_ok_and(|p| p == here);
        if !inside {
            return Ok(Files::new());
        }
        if here.is_file() {
            let small = here.metadata().is_ok_and(|m| m.len() <= MOST_BYTES);
            let text = small.then(|| std::fs::read_to_string(&here).ok()).flatten();
            return Ok(text.map(one).unwrap_or_default());
        }
        let mut found = Files::new();
        for entry in here.read_dir_utf8().into_iter().flatten().flatten() {
            let file = entry.file_type().is_ok_and(|t| t.is_file());
            let name = Utf8Path::new(entry.file_name());
            let small = entry.metadata().is_ok_and(|m| m.len() <= MOST_BYTES);
            if file && small && wanted(name) {
                let text = std::fs::read_to_string(here.join(name));
                let text = text.map_err(|e| format!("{}: {e}", here.join(name)))?;
                found.insert(path.join(name), text);
            }
        }
        Ok(found)
    }

    /// Everything that the root module leads to, and a graph for each of its environments.
    fn read(&mut self) -> Result<(Files, Graphs), String> {
        let mut files = self.tree()?;
        let mut tried = BTreeSet::new();
        let mut graphs = self.graphs(&files);
        for _ in 0..MOST_ROUNDS {
            let missing = graphs.values().flat_map(|g| g.missing.iter().cloned());
            let missing: BTreeSet<_> = missing.filter(|path| !tried.contains(path)).collect();
            let before = files.len();
            for path in missing {
                files.extend(self.named(&path)?);
                tried.insert(path);
            }
            if files.len() == before {
                break;
            }
            graphs = self.graphs(&files);
        }
        Ok((files, graphs))
    }

    fn graphs(&self, files: &Files) -> Graphs {
        let code = |path: &Utf8PathBuf| {
            path.extension() == Some("tf") || path.as_str().ends_with(".tf.json")
        };
        if !files.keys().any(code) {
            return Graphs::new();
        }
        let own: Files = files
            .iter()
            .filter_map(|(p, text)| {
                Some((p.strip_prefix(&self.folder).ok()?.to_owned(), text.clone()))
            })
            .collect();
        let mut names = environments(&own);
        if names.is_empty() {
            names.push(String::new());
        }
        let lock = Utf8Path::new(".terraform.lock.hcl");
        let graph = |name: String| {
            let path = Utf8PathBuf::from(format!("environments/{name}.tfvars"));
            let values = own.get(&path).map(|text| (path, text.clone()));
            let values: Vec<_> = values.into_iter().collect();
            let mut graph = hcl::read_foreign(files, &self.folder, &values);
            if let Some(text) = own.get(lock) {
                add_lock(&mut graph, lock.as_str(), text);
            }
            (name, graph)
        };
        names.into_iter().map(graph).collect()
    }
}

fn input(message: String) -> Failure {
    Failure::from(Diagnostic::error("SLG-DIFF-INPUT", message))
}

/// Compares what the arguments name.
pub(super) fn report(cli: &Cli, arguments: &Arguments, code: &Utf8Path) -> Result<Report, Failure> {
    let folder = cli.directory.join(code);
    let mut after = Origin::disk(&folder)?;
    let (mut before, name, source) = if let Some(other) = &arguments.against {
        let before = Origin::disk(&cli.directory.join(other))?;
        (before, other.to_string(), "disk")
    } else {
        let mut repository = Repository::discover(&after.root)?;
        let commit = match arguments.base.as_deref() {
            None | Some("") => repository.merge_base(None)?,
            Some(revision) => repository.resolve(revision)?,
        };
        let short = commit.short().to_owned();
        (after.at(repository, commit), short, "git")
    };
    let ((old_files, old), (new_files, new)) = (before.read()?, after.read()?);
    if old.is_empty() && new.is_empty() {
        return Err(input(format!(
            "{folder}: there is no Terraform code in this folder"
        )));
    }
    // Paths are from the root: they are shown from where the folder was named.
    let Compared {
        mut findings,
        not_checked,
        notes,
    } = if old_files == new_files {
        Compared::default()
    } else {
        let shown = |path: &Utf8Path| shown(code, &after.folder, path);
        of_graphs(cli.environment(), &old, &new, &shown)
    };
    for finding in &mut findings {
        if let Some(location) = &mut finding.location {
            location.file = shown(code, &after.folder, &location.file);
        }
    }
    Ok(Report {
        subject: code.to_string(),
        base: name,
        head: "worktree".to_owned(),
        sources: vec![source.to_owned(), "disk".to_owned()],
        manifest: code.to_string(),
        findings: fold(findings),
        not_checked,
        notes,
        ..Report::default()
    })
}

/// The path of a file seen from where `code` was named, which is `folder` from the root.
fn shown(code: &Utf8Path, folder: &Utf8Path, file: &Utf8Path) -> Utf8PathBuf {
    let mut from = folder.components().peekable();
    let mut to = file.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let mut path: Vec<Utf8Component<'_>> = code
        .components()
        .filter(|c| *c != Utf8Component::CurDir)
        .collect();
    for _ in from {
        match path.last() {
            Some(Utf8Component::Normal(_)) => drop(path.pop()),
            _ => path.push(Utf8Component::ParentDir),
        }
    }
    path.into_iter().chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_where_the_user_is() {
        for (code, folder, file, wanted) in [
            ("infra", "infra", "infra/main.tf", "infra/main.tf"),
            (
                "infra/live",
                "infra/live",
                "infra/modules/f/main.tf",
                "infra/modules/f/main.tf",
            ),
            (
                ".",
                "infra/live",
                "infra/modules/f/main.tf",
                "../modules/f/main.tf",
            ),
            (
                "live",
                "infra/live",
                "modules/main.tf",
                "../modules/main.tf",
            ),
            (".", "", "main.tf", "main.tf"),
            ("/tmp/x", "x", "x/main.tf", "/tmp/x/main.tf"),
        ] {
            assert_eq!(
                shown(code.into(), folder.into(), file.into()),
                wanted,
                "{code}"
            );
        }
    }
}
