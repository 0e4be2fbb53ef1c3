//! Where slgen may write, and what stands there.

#[cfg(unix)]
use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::disk::fault;
use super::lock::LOCK_FILE;
use crate::inputs::{self, Kind, Standing};

pub(super) use crate::inputs::checksum;

/// Name of the record, below `out`.
pub(super) const RECORD: &str = ".slgen.json";

/// Folder of the journal, below `out`.
pub(super) const JOURNAL: &str = ".slgen.journal";

/// Name of the lock file, in the project's folder.
const LOCK: &str = "slgen.lock";

/// Where GitHub looks for workflows, below the root of the repository: all that is generated outside `out`.
pub const WORKFLOWS: &str = ".github/workflows";

/// Where a project stands in its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The root of the git repository that the project is in; the project's own folder where it is in none.
    pub top: Utf8PathBuf,
    /// The project's folder, seen from there; empty where it is that.
    pub project: Utf8PathBuf,
    /// The path of the service's workflow, as seen from `out`: it leads to that root.
    pub workflow: Utf8PathBuf,
}

/// Where a project stands, and its workflow.
///
/// # Errors
/// A folder that cannot be looked at.
pub fn site(root: &Utf8Path, out: &Utf8Path, service: &str) -> Result<Site, String> {
    let root = real(root)?;
    let project = root.strip_prefix(top(&root)).unwrap_or(Utf8Path::new(""));
    let up = depth(out) + depth(project);
    let mut workflow: Utf8PathBuf = std::iter::repeat_n("..", up).collect();
    workflow.push(WORKFLOWS);
    workflow.push(format!("slgen-{service}.yml"));
    Ok(Site {
        top: top(&root).to_owned(),
        project: project
            .components()
            .map(|c| c.as_str())
            .collect::<Vec<_>>()
            .join("/")
            .into(),
        workflow,
    })
}

/// The root of the git repository that a project is in; the project's own folder where it is in none.
///
/// # Errors
/// A folder that cannot be looked at.
pub fn repository_of(root: &Utf8Path) -> Result<Utf8PathBuf, String> {
    Ok(top(&real(root)?).to_owned())
}

/// A path as it is called from the project: `..` taken back as far as there is something to take back.
pub fn shown(path: &Utf8Path) -> Utf8PathBuf {
    let mut shown = Utf8PathBuf::new();
    for component in path.components() {
        let back = component == Utf8Component::ParentDir
            && matches!(
                shown.components().next_back(),
                Some(Utf8Component::Normal(_))
            );
        if back {
            shown.pop();
        } else {
            shown.push(component);
        }
    }
    shown
}

fn depth(path: &Utf8Path) -> usize {
    path.components().count()
}

/// A folder by its own path, without links on the way; it need not be there yet.
fn real(folder: &Utf8Path) -> Result<Utf8PathBuf, String> {
    let failed = |error| fault(folder, &error);
    let whole = camino::absolute_utf8(folder).map_err(failed)?;
    for above in whole.ancestors() {
        if let Ok(found) = inputs::real(above) {
            let rest = whole.strip_prefix(above).unwrap_or(Utf8Path::new(""));
            return Ok(found.join(rest).components().collect());
        }
    }
    Ok(whole)
}

/// The root of the repository that a folder is in; the folder itself where it is in none.
fn top(folder: &Utf8Path) -> &Utf8Path {
    let has_git = |above: &&Utf8Path| {
        let found = inputs::standing(&above.join(".git"));
        found.is_ok_and(|found| found.is_some())
    };
    folder.ancestors().find(has_git).unwrap_or(folder)
}

/// The folder that is written, inside the project.
#[derive(Debug, Clone)]
pub(super) struct Place {
    root: Utf8PathBuf,
    below: Utf8PathBuf,
    /// The folder itself.
    pub(super) out: Utf8PathBuf,
}

impl Place {
    /// # Errors
    /// A path that leads outside the root, by name or by symbolic link, or through a file.
    pub(super) fn new(root: &Utf8Path, out: &Utf8Path) -> Result<Self, String> {
        let place = Self {
            root: root.to_owned(),
            below: out.to_owned(),
            out: root.join(out),
        };
        plain(out)?;
        place.check()?;
        Ok(place)
    }

    /// Looks again whether the folder and what is above it, up to the root, are folders of their own.
    pub(super) fn check(&self) -> Result<(), String> {
        no_detour(&self.root, &self.below)?;
        match inputs::standing(&self.out) {
            Ok(Some(standing)) if standing.kind != Kind::Folder => Err(not_a_folder(&self.out)),
            _ => Ok(()),
        }
    }

    /// The folder, and those above it up to the root.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Utf8Path> {
        let depth = self.below.components().count();
        self.out.ancestors().take(depth + 1)
    }

    /// A path as seen from `out`, checked: below it, or a workflow.
    ///
    /// # Errors
    /// One that leads elsewhere or through a link, or that is slgen's own.
    pub(super) fn target(&self, path: &Utf8Path) -> Result<Utf8PathBuf, String> {
        let (base, below) = if is_outside(path) {
            self.outside(path)?
        } else {
            plain(path)?;
            let first = path.components().next().map(|c| c.as_str());
            if first.is_some_and(|first| [RECORD, JOURNAL, LOCK_FILE].contains(&first)) {
                return Err(format!("{path}: the name is kept for slgen's own records"));
            }
            (self.out.clone(), path.to_owned())
        };
        no_detour(&base, &below)?;
        Ok(base.join(below))
    }

    /// The path of one of the project's inputs, a file of its root, as seen from `out`.
    ///
    /// # Errors
    /// A name that neither a manifest nor a lock file has.
    pub(super) fn input(&self, name: &str) -> Result<Utf8PathBuf, String> {
        let mut path: Utf8PathBuf = std::iter::repeat_n("..", depth(&self.below)).collect();
        path.push(name);
        self.input_name(&path)
            .is_some()
            .then_some(path)
            .ok_or_else(|| format!("{name} is neither a manifest nor a lock file"))
    }

    /// The name that [`Self::input`] made a path of.
    pub(super) fn input_name<'a>(&self, path: &'a Utf8Path) -> Option<&'a str> {
        let name = path.file_name()?;
        let up = path
            .components()
            .take_while(|c| *c == Utf8Component::ParentDir)
            .count();
        let beside = up == depth(&self.below) && depth(path) == up + 1;
        let known = name == LOCK || matches!(path.extension(), Some("yaml" | "yml"));
        (beside && known).then_some(name)
    }

    /// A path as seen from `out` that a journal may hold: a target, or one of the project's inputs.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub(super) fn entry(&self, path: &Utf8Path) -> Result<Utf8PathBuf, String> {
        let Some(name) = self.input_name(path) else {
            return self.target(path);
        };
        no_detour(&self.root, Utf8Path::new(name))?;
        Ok(self.root.join(name))
    }

    /// The project's folder.
    pub(super) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The folder that a path outside leads to, and what it names below that: a workflow that is called as slgen
    /// calls them, not above the root of the repository. Where the project has become part of a repository since,
    /// what was written before is still found.
    fn outside(&self, path: &Utf8Path) -> Result<(Utf8PathBuf, Utf8PathBuf), String> {
        let up = path
            .components()
            .take_while(|c| *c == Utf8Component::ParentDir)
            .count();
        let below: Utf8PathBuf = path.components().skip(up).collect();
        let named = below.strip_prefix(WORKFLOWS).is_ok_and(|name| {
            depth(name) == 1
                && name.as_str().starts_with("slgen-")
                && name.extension() == Some("yml")
        });
        let root = real(&self.root)?;
        let base = up
            .checked_sub(depth(&self.below))
            .and_then(|above| root.ancestors().nth(above))
            .filter(|base| named && base.starts_with(top(&root)));
        let base = base.ok_or_else(|| {
            if named {
                format!(
                    "{path} is in a git repository that is not here: run slgen in a clone of it"
                )
            } else {
                format!("{path} is no path inside the project")
            }
        })?;
        Ok((base.to_owned(), below))
    }
}

/// How many names a path has: its file, and the folders that hold nothing else of slgen's.
pub(super) fn names(path: &Utf8Path) -> usize {
    let is_name = |c: &Utf8Component<'_>| matches!(c, Utf8Component::Normal(_));
    path.components().filter(is_name).count()
}

/// Whether a path leads out of the folder it is seen from.
fn is_outside(path: &Utf8Path) -> bool {
    path.components().next() == Some(Utf8Component::ParentDir)
}

/// Only names: no root, no `..`, not empty.
pub(super) fn plain(path: &Utf8Path) -> Result<(), String> {
    let names = path
        .components()
        .all(|c| matches!(c, Utf8Component::Normal(_)));
    if path.as_str().is_empty() || !names {
        return Err(format!("{path} is no path inside the project"));
    }
    Ok(())
}

/// Each step of the path is a folder or not there yet; the last may be anything but a link.
pub(super) fn no_detour(root: &Utf8Path, path: &Utf8Path) -> Result<(), String> {
    let mut step = root.to_owned();
    let last = path.components().count();
    for (n, component) in path.components().enumerate() {
        step.push(component.as_str());
        match inputs::standing(&step).map_err(|error| fault(&step, &error))? {
            None => return Ok(()),
            Some(standing) if standing.kind == Kind::Link => {
                return Err(format!(
                    "{step} is a symbolic link: slgen does not write through it; put a folder or file of its own there"
                ));
            }
            Some(standing) if standing.kind != Kind::Folder && n + 1 < last => {
                return Err(not_a_folder(&step));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn not_a_folder(path: &Utf8Path) -> String {
    format!("{path} is no folder, and slgen needs one there: move it away")
}

/// A regular file as it stands on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// SHA-256 of its bytes.
    pub(super) sum: String,
    /// Its permission bits, where there are such.
    pub(super) mode: Option<u32>,
}

/// What stands at a path; `None` when nothing does.
///
/// # Errors
/// Something that is no regular file (it is not opened: a pipe would block), or cannot be read.
pub(super) fn seen(path: &Utf8Path) -> Result<Option<Seen>, String> {
    let Some(standing) = regular(path)? else {
        return Ok(None);
    };
    let sum = inputs::sha256(path).map_err(|error| fault(path, &error))?;
    Ok(Some(Seen {
        sum,
        mode: standing.mode,
    }))
}

/// Whether a file of this text stands at a path.
pub(super) fn holds(path: &Utf8Path, text: &str) -> Result<bool, String> {
    if regular(path)?.is_none() {
        return Ok(false);
    }
    let read = inputs::read(path, text.len() as u64).map_err(|error| fault(path, &error))?;
    Ok(read.is_some_and(|bytes| bytes == text.as_bytes()))
}

/// The bytes at a path, at most so many; `None` when nothing stands there.
pub(super) fn read(path: &Utf8Path, limit: u64) -> Result<Option<Vec<u8>>, String> {
    if regular(path)?.is_none() {
        return Ok(None);
    }
    let read = inputs::read(path, limit).map_err(|error| fault(path, &error))?;
    match read {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(format!("{path}: larger than {limit} bytes")),
    }
}

/// What stands at a path; `None` when nothing does.
///
/// # Errors
/// Something that is no regular file.
pub(super) fn regular(path: &Utf8Path) -> Result<Option<Standing>, String> {
    let Some(standing) = inputs::standing(path).map_err(|error| fault(path, &error))? else {
        return Ok(None);
    };
    let kind = match standing.kind {
        Kind::File => return Ok(Some(standing)),
        Kind::Folder => "a folder",
        Kind::Link => "a symbolic link",
        Kind::Other => "a pipe, socket or device",
    };
    Err(format!(
        "{path} is {kind}, and slgen writes only regular files: move it away"
    ))
}

/// Whether a text is a checksum as `checksum` writes it.
pub(super) fn is_checksum(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether names can be changed in a folder, asked before anything is: a folder that refuses later
/// would leave the tree half way.
#[cfg(unix)]
pub(super) fn writable(folder: &Utf8Path) -> Result<(), String> {
    use rustix::fs::{Access, access};
    access(folder.as_str(), Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| fault(folder, &io::Error::from(error)))
}

#[cfg(not(unix))]
pub(super) fn writable(_: &Utf8Path) -> Result<(), String> {
    Ok(())
}

/// Whether both are on one file system, so that a rename can be had.
#[cfg(unix)]
pub(super) fn same_file_system(one: &Utf8Path, other: &Utf8Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    #[allow(clippy::disallowed_methods, reason = "it looks before it writes")]
    let device = |path: &Utf8Path| {
        std::fs::metadata(path)
            .map(|meta| meta.dev())
            .map_err(|error| fault(path, &error))
    };
    if device(one)? == device(other)? {
        Ok(())
    } else {
        Err(fault(
            other,
            &io::Error::from(io::ErrorKind::CrossesDevices),
        ))
    }
}

#[cfg(not(unix))]
pub(super) fn same_file_system(_: &Utf8Path, _: &Utf8Path) -> Result<(), String> {
    Ok(())
}
