//! What is committed: files of a revision, read through the `git` binary.
//!
//! One `git cat-file` answers everything but a merge base: names of revisions go to its
//! standard input, so that none is ever an argument. It runs no hook, pager, filter or external
//! diff, fetches nothing, and no file of the work tree is looked at.

mod asked;
mod batch;
pub mod remote;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use asked::Asked;
use batch::{Batch, Entry, Object};

/// Largest file that is read, as for Terraform files on disk.
const MAX_FILE: u64 = 2 << 20;
/// Most bytes that one call of [`Repository::files`] keeps.
const MAX_TOTAL: u64 = 64 << 20;
/// Most entries of trees that one call looks at.
const MAX_ENTRIES: usize = 20_000;
/// Deepest folder.
const MAX_DEPTH: usize = 64;
/// Longest name of a revision.
const MAX_NAME: usize = 4096;

/// Variables that would make git look at another repository than that of the folder
/// (`git rev-parse --local-env-vars`, without those that carry settings).
static LOCAL: [&str; 11] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Seconds since 1970 at which a file of a folder was last committed, by the committer; `None` where git does not know.
pub fn committed_at(folder: &Utf8Path, name: &str) -> Option<u64> {
    let output = git(folder)
        // A signature is shown by running a program.
        .args(["-c", "log.showSignature=false"])
        .args(["log", "-1", "--format=%ct", "HEAD", "--", name])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    std::str::from_utf8(&output.stdout)
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// A commit, by its full object name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commit(String);

impl Commit {
    /// The first 12 digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl std::fmt::Display for Commit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something below a folder that was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path below the folder, with `\u{fffd}` for what is no UTF-8.
    pub path: String,
    /// Why.
    pub why: &'static str,
}

/// Text files of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// Texts by path below the folder.
    pub files: BTreeMap<Utf8PathBuf, String>,
    /// What else is there, sorted: binary and large files, links, submodules.
    pub skipped: Vec<Skipped>,
}

/// A git repository, seen from one of its folders.
#[derive(Debug)]
pub struct Repository {
    folder: Utf8PathBuf,
    batch: Batch,
}

impl Repository {
    /// The repository that a folder is in. All paths are below this folder.
    ///
    /// # Errors
    /// No git, or the folder is in no repository that git would read: with what to do.
    pub fn discover(folder: &Utf8Path) -> Result<Self, String> {
        Ok(Self {
            folder: folder.to_owned(),
            batch: started(folder)?,
        })
    }

    /// Lets git end beside what is done with what was read.
    pub fn close(&mut self) {
        self.batch.close();
    }

    /// The commit that a revision names: a branch, tag, object name, `HEAD~2`.
    ///
    /// # Errors
    /// Nothing of that name is here.
    pub fn resolve(&mut self, revision: &str) -> Result<Commit, String> {
        if revision.is_empty() || revision.len() > MAX_NAME || revision.contains(['\n', '\0']) {
            return Err(format!("{revision:?} is no name of a git revision"));
        }
        match self.commit(revision)? {
            Some(commit) => Ok(commit),
            None if revision == "HEAD" => {
                Err("there is no commit yet, so nothing to compare with: commit first".to_owned())
            }
            None if self.is_shallow() => Err(format!(
                "git knows no commit {revision:?} here, and this is a shallow clone: {DEEPEN}"
            )),
            None => Err(format!(
                "git knows no commit {revision:?} here: check the name (git branch --all), or git fetch it"
            )),
        }
    }

    /// Where HEAD left `upstream`; without one, the upstream branch of HEAD, else `origin/HEAD`,
    /// `origin/main` or `origin/master`.
    ///
    /// # Errors
    /// There is no such branch, or it has no commit in common with HEAD.
    pub fn merge_base(&mut self, upstream: Option<&str>) -> Result<Commit, String> {
        if upstream.is_none() {
            let own = self.run(&["merge-base", "--end-of-options", "HEAD", "@{upstream}"])?;
            if let Some(commit) = own {
                return Ok(Commit(commit));
            }
        }
        let head = self.resolve("HEAD")?;
        let (name, other) = match upstream {
            Some(name) => (name, self.resolve(name)?),
            None => self.main_branch()?,
        };
        if head == other {
            return Ok(head);
        }
        let base = self.run(&["merge-base", "--end-of-options", &head.0, &other.0])?;
        match base {
            Some(commit) => Ok(Commit(commit)),
            None if self.is_shallow() => Err(format!(
                "HEAD and {name} have no commit in common in this shallow clone: {DEEPEN}"
            )),
            None => Err(format!(
                "HEAD and {name} have no commit in common: name the revision to compare with"
            )),
        }
    }

    fn main_branch(&mut self) -> Result<(&'static str, Commit), String> {
        for name in ["origin/HEAD", "origin/main", "origin/master"] {
            if let Some(commit) = self.commit(&format!("refs/remotes/{name}"))? {
                return Ok((name, commit));
            }
        }
        Err(
            "HEAD has no upstream branch, and there is no origin/HEAD, origin/main or \
             origin/master: name the revision to compare with, or set one with \
             git branch --set-upstream-to"
                .to_owned(),
        )
    }

    /// All text files below a folder of a commit. A folder that is not there has none.
    ///
    /// # Errors
    /// A path outside the repository's folder; more files than any service has; objects that the
    /// clone lacks.
    pub fn files(&mut self, commit: &Commit, folder: &Utf8Path) -> Result<Files, String> {
        self.files_to(commit, folder, MAX_DEPTH, &Asked::default())
    }

    /// Those of them that are wanted, by their paths below the folder; the others are not asked for, and neither is what
    /// is at hand already: texts that are there by the same path, with the content that git has by that name.
    ///
    /// # Errors
    /// As [`Repository::files`].
    pub fn files_of(
        &mut self,
        commit: &Commit,
        folder: &Utf8Path,
        wanted: &dyn Fn(&Utf8Path) -> bool,
        at_hand: &BTreeMap<Utf8PathBuf, String>,
    ) -> Result<Files, String> {
        let asked = Asked { wanted, at_hand };
        self.files_to(commit, folder, MAX_DEPTH, &asked)
    }

    /// The text files of one folder of a commit, without those of its subfolders.
    ///
    /// # Errors
    /// As [`Repository::files`].
    pub fn folder(&mut self, commit: &Commit, folder: &Utf8Path) -> Result<Files, String> {
        self.files_to(commit, folder, 0, &Asked::default())
    }

    fn files_to(
        &mut self,
        commit: &Commit,
        folder: &Utf8Path,
        depth: usize,
        asked: &Asked<'_>,
    ) -> Result<Files, String> {
        let mut found = Files::default();
        let Some(root) = self.folder_at(commit, folder)? else {
            return Ok(found);
        };
        let (mut entries, mut total) = (0, 0);
        let mut folders = vec![(Utf8PathBuf::new(), root)];
        while let Some((path, tree)) = folders.pop() {
            entries += tree.len();
            if entries > MAX_ENTRIES {
                return Err(format!(
                    "{folder} holds more than {MAX_ENTRIES} files at {commit}"
                ));
            }
            let mut skip = |name: &str, why| {
                let path = path.join(name).into_string();
                found.skipped.push(Skipped { path, why });
            };
            let (mut names, mut objects, mut texts) = (Vec::new(), Vec::new(), Vec::new());
            for Entry { mode, name, object } in tree {
                let Ok(name) = String::from_utf8(name) else {
                    skip("\u{fffd}", "its name is no UTF-8");
                    continue;
                };
                match mode {
                    Mode::Folder if path.components().count() >= depth => {
                        skip(&name, "it is nested too deep");
                    }
                    Mode::File if !(asked.wanted)(&path.join(&name)) => {}
                    Mode::Folder | Mode::File => {
                        let path = path.join(&name);
                        if let Some(text) = asked.text(&path, &object) {
                            texts.push((path, text.clone()));
                        } else {
                            names.push((name, mode));
                            objects.push(object);
                        }
                    }
                    Mode::Link => skip(&name, "it is a symbolic link"),
                    Mode::Submodule => skip(&name, "it is a submodule"),
                }
            }
            let answers = self.batch.all(&objects, MAX_FILE);
            for ((name, mode), answer) in names
                .into_iter()
                .zip(answers.map_err(|e| self.stopped(&e))?)
            {
                match (mode, answer) {
                    (_, None) => return Err(self.lacking(commit)),
                    (Mode::Folder, Some(object)) => {
                        let tree = object.entries().ok_or_else(|| broken(&name))?;
                        folders.push((path.join(name), tree));
                    }
                    (_, Some(Object { content: None, .. })) => {
                        skip(&name, "it is larger than 2 MiB");
                    }
                    (
                        _,
                        Some(Object {
                            content: Some(content),
                            ..
                        }),
                    ) => {
                        let Some(text) = text(content) else {
                            skip(&name, "it is no text");
                            continue;
                        };
                        texts.push((path.join(name), text));
                    }
                }
            }
            total += texts.iter().map(|(_, text)| text.len() as u64).sum::<u64>();
            if total > MAX_TOTAL {
                return Err(format!("{folder} holds more than 64 MiB at {commit}"));
            }
            found.files.extend(texts);
        }
        found.skipped.sort();
        Ok(found)
    }

    /// One text file of a commit; `None` when it is not there, or is no file.
    ///
    /// # Errors
    /// As [`Repository::files`], and a file that is binary or too large.
    pub fn file(&mut self, commit: &Commit, path: &Utf8Path) -> Result<Option<String>, String> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(format!("{path} is no path of a file"));
        };
        let entry = self
            .folder_at(commit, parent)?
            .and_then(|tree| tree.into_iter().find(|e| e.name == name.as_bytes()))
            .filter(|entry| entry.mode == Mode::File);
        let Some(entry) = entry else {
            return Ok(None);
        };
        let answers = self.batch.all(&[entry.object], MAX_FILE);
        let answer = answers.map_err(|e| self.stopped(&e))?.pop().flatten();
        let object = answer.ok_or_else(|| self.lacking(commit))?;
        let content = object
            .content
            .ok_or_else(|| format!("{path} is larger than 2 MiB at {commit}"))?;
        let text = text(content).ok_or_else(|| format!("{path} is no text at {commit}"))?;
        Ok(Some(text))
    }

    /// Entries of a folder of a commit.
    fn folder_at(
        &mut self,
        commit: &Commit,
        folder: &Utf8Path,
    ) -> Result<Option<Vec<Entry>>, String> {
        let mut spec = format!("{commit}:./");
        for part in folder.components() {
            match part {
                camino::Utf8Component::CurDir => {}
                camino::Utf8Component::Normal(name) if !name.contains(['\n', '\0']) => {
                    // The slash at the end keeps git from reading the name as something else.
                    spec.push_str(name);
                    spec.push('/');
                }
                _ => return Err(format!("{folder} is no path inside the project")),
            }
        }
        let object = self.batch.find(&spec).map_err(|e| self.stopped(&e))?;
        match object {
            None => Ok(None),
            Some(object) if object.kind != "tree" => Ok(None),
            Some(object) => object
                .entries()
                .map(Some)
                .ok_or_else(|| broken(folder.as_str())),
        }
    }

    fn commit(&mut self, revision: &str) -> Result<Option<Commit>, String> {
        let found = self.batch.find(&format!("{revision}^{{commit}}"));
        match found {
            Ok(Some(object)) if object.kind == "commit" => Ok(Some(Commit(object.name))),
            Ok(_) => Ok(None),
            Err(_) => {
                // Some names end git rather than being answered (`@{upstream}` without one).
                self.batch = started(&self.folder)?;
                Ok(None)
            }
        }
    }

    /// Runs git once; `None` when it found nothing.
    fn run(&self, arguments: &[&str]) -> Result<Option<String>, String> {
        let output = git(&self.folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| not_started(&self.folder, &e))?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !text.is_empty()).then_some(text))
    }

    fn is_shallow(&self) -> bool {
        let answer = self.run(&["rev-parse", "--is-shallow-repository"]);
        answer.ok().flatten().as_deref() == Some("true")
    }

    fn stopped(&self, error: &std::io::Error) -> String {
        format!(
            "git stopped while the repository of {} was read ({error}): run git fsck there",
            self.folder
        )
    }

    fn lacking(&self, commit: &Commit) -> String {
        format!(
            "this clone lacks files of {commit}: it is partial or damaged; clone without --filter, or run git fsck in {}",
            self.folder
        )
    }
}

const DEEPEN: &str =
    "fetch its history with git fetch --unshallow (actions/checkout: fetch-depth: 0)";

/// Kinds of entries in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Folder,
    File,
    Link,
    Submodule,
}

fn git(folder: &Utf8Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"])
        // Nothing is run and nothing is fetched, whatever the repository's settings say.
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ])
        .args(["-c", "protocol.allow=never"])
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    for variable in LOCAL {
        command.env_remove(variable);
    }
    command
}

/// Git, which answers.
fn started(folder: &Utf8Path) -> Result<Batch, String> {
    let batch = Batch::start(|| git(folder)).map_err(|e| not_started(folder, &e))?;
    batch.ok_or_else(|| silent(folder))
}

/// Why git did not answer.
fn silent(folder: &Utf8Path) -> String {
    let asked = git(folder).args(["rev-parse", "--git-dir"]).output();
    let said = asked
        .map(|o| String::from_utf8_lossy(&o.stderr).into_owned())
        .unwrap_or_default();
    if said.contains("not a git repository") {
        return format!(
            "{folder} is in no git repository: run slgen in a clone, or compare without --base"
        );
    }
    if said.contains("dubious ownership") {
        return format!(
            "git does not read this repository, because another user owns it: if that is as \
             it should be, git config --global --add safe.directory {folder}"
        );
    }
    match said.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => format!(
            "git could not read the repository of {folder}: {}",
            printable(line)
        ),
        None => format!("git could not read the repository of {folder}: run git status there"),
    }
}

fn not_started(folder: &Utf8Path, error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        return "git was not found: install it, or put it on the PATH".to_owned();
    }
    format!("git could not be started in {folder}: {error}")
}

fn broken(name: &str) -> String {
    format!("git gave no tree for {name}: run git fsck")
}

/// Text without zero bytes.
fn text(content: Vec<u8>) -> Option<String> {
    String::from_utf8(content)
        .ok()
        .filter(|t| !t.contains('\0'))
}

fn printable(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}
