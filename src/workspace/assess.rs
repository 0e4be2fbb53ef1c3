//! What generating would do to the disk, and doing it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk;
use super::journal::{self, Change, Pending};
use super::lock;
use super::paths::{Place, Seen, checksum, holds, read, seen};
use super::record::{self, Files};

/// Largest file of which a difference is shown.
const SHOWN: u64 = 4 * 1024 * 1024;

/// What is to be done with one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there as slgen wrote it, and is written anew.
    Update,
    /// It is there as it would be written.
    Unchanged,
    /// It was edited since slgen wrote it.
    Edited,
    /// It is there and slgen did not write it.
    Foreign,
    /// It is no longer generated, and unedited.
    Remove,
    /// It is no longer generated, but edited: it stays.
    Keep,
}

/// What generating would do.
#[derive(Debug)]
pub struct Assessment {
    place: Place,
    contents: BTreeMap<Utf8PathBuf, String>,
    /// Checksums of the contents.
    wanted: Files,
    /// The record of what is generated: of the contents, or what they were merged with.
    record: Files,
    /// Path below `out` → action; as if an interrupted run were completed first, as `apply` does.
    pub actions: BTreeMap<Utf8PathBuf, Action>,
    record_changes: bool,
    pending: Option<String>,
}

/// The disk as it stands once an interrupted run is completed.
struct View {
    actions: BTreeMap<Utf8PathBuf, Action>,
    seen: BTreeMap<Utf8PathBuf, Option<Seen>>,
    recorded: Files,
    record_was: Option<String>,
    pending: Option<String>,
}

/// Compares what would be generated with the disk; writes nothing.
///
/// `root` is the project, `out` the folder to be written below it, `contents` the text of each path
/// below `out`.
///
/// # Errors
/// A sentence: a path that leads outside, something other than a file where one is to be written, a
/// record or journal that is not slgen's, or a file that cannot be read.
pub fn assess(
    root: &Utf8Path,
    out: &Utf8Path,
    contents: BTreeMap<Utf8PathBuf, String>,
) -> Result<Assessment, String> {
    assess_as(root, out, contents, None)
}

/// The same of contents that are not all as they were generated: where `contents` holds what the user made of a file of
/// `generated`, the file still counts as edited afterwards.
///
/// # Errors
/// As [`assess`].
pub fn assess_merged(
    root: &Utf8Path,
    out: &Utf8Path,
    contents: BTreeMap<Utf8PathBuf, String>,
    generated: &BTreeMap<Utf8PathBuf, String>,
) -> Result<Assessment, String> {
    assess_as(root, out, contents, Some(record::of(generated)))
}

fn assess_as(
    root: &Utf8Path,
    out: &Utf8Path,
    contents: BTreeMap<Utf8PathBuf, String>,
    record: Option<Files>,
) -> Result<Assessment, String> {
    let place = Place::new(root, out)?;
    let wanted = record::of(&contents);
    let record = record.unwrap_or_else(|| wanted.clone());
    let view = steady(&place, || look(&place, &wanted))?;
    Ok(Assessment {
        record_changes: view.recorded != record,
        place,
        contents,
        wanted,
        record,
        actions: view.actions,
        pending: view.pending,
    })
}

/// Looks without a lock: again if another slgen wrote meanwhile, so that no half of its work is taken
/// for an edit.
fn steady<T>(place: &Place, look: impl Fn() -> Result<T, String>) -> Result<T, String> {
    for _ in 0..8 {
        let before = journal::mark(place)?;
        let view = look();
        if journal::mark(place)? == before {
            return view;
        }
    }
    Err(lock::busy(&place.out))
}

fn look(place: &Place, wanted: &Files) -> Result<View, String> {
    let mut view = View {
        actions: BTreeMap::new(),
        seen: BTreeMap::new(),
        recorded: Files::new(),
        record_was: None,
        pending: None,
    };
    let mut ahead = BTreeMap::new();
    match journal::pending(place)? {
        Pending::Committed(plan) => {
            (ahead, view.recorded) = plan.completed(place)?;
            view.pending = Some(format!(
                "{}: a run of slgen was interrupted half way",
                place.out
            ));
        }
        other => {
            let read = record::load(place)?;
            (view.recorded, view.record_was) = (read.files, read.sum);
            if matches!(other, Pending::Abandoned) {
                view.pending = Some(format!(
                    "{}: a run of slgen was interrupted before it changed a file",
                    place.out
                ));
            }
        }
    }
    for (path, sum) in wanted {
        let target = place.target(path)?;
        let disk = match ahead.remove(path) {
            Some(after) => after,
            None => seen(&target)?,
        };
        let action = match (&disk, view.recorded.get(path)) {
            (None, _) => Action::Create,
            (Some(disk), _) if disk.sum == *sum => Action::Unchanged,
            (Some(_), None) => Action::Foreign,
            (Some(disk), Some(sum)) if disk.sum == *sum => Action::Update,
            (Some(_), Some(_)) => Action::Edited,
        };
        view.actions.insert(path.clone(), action);
        view.seen.insert(path.clone(), disk);
    }
    for (path, sum) in &view.recorded {
        if wanted.contains_key(path) {
            continue;
        }
        let target = place.target(path)?;
        let disk = match ahead.remove(path) {
            Some(after) => after,
            None => seen(&target)?,
        };
        if let Some(disk) = disk {
            let action = if disk.sum == *sum {
                Action::Remove
            } else {
                Action::Keep
            };
            view.actions.insert(path.clone(), action);
            view.seen.insert(path.clone(), Some(disk));
        }
    }
    Ok(view)
}

/// Whether the disk is not what would be written, told by the texts themselves: their checksums would cost more than all
/// the rest. `also` is a file whose text is not known; it is to stand as it was recorded.
///
/// # Errors
/// As [`assess`].
pub fn differs(
    root: &Utf8Path,
    out: &Utf8Path,
    contents: &BTreeMap<Utf8PathBuf, String>,
    also: &Utf8Path,
) -> Result<bool, String> {
    let place = Place::new(root, out)?;
    let look = || -> Result<bool, String> {
        let pending = journal::pending(&place)?;
        let recorded = record::load(&place)?.files;
        let names = recorded.keys().filter(|path| path.as_path() != also);
        if !matches!(pending, Pending::Nothing) || !names.eq(contents.keys()) {
            return Ok(true);
        }
        if seen(&place.target(also)?)?.map(|seen| seen.sum).as_ref() != recorded.get(also) {
            return Ok(true);
        }
        for (path, text) in contents {
            if !holds(&place.target(path)?, text)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    steady(&place, look)
}

/// Of files below `out` that are not generated, those that generating leaves: the user's own, and what was edited since
/// slgen wrote it. What cannot be read counts as the user's.
///
/// # Errors
/// What slgen wrote cannot be told, as in [`assess`].
pub fn stay(
    root: &Utf8Path,
    out: &Utf8Path,
    mut paths: Vec<Utf8PathBuf>,
) -> Result<Vec<Utf8PathBuf>, String> {
    let place = Place::new(root, out)?;
    let recorded = record::load(&place)?.files;
    let goes = |path: &Utf8PathBuf| -> Option<bool> {
        let sum = recorded.get(path)?;
        let disk = seen(&place.target(path).ok()?).ok()??;
        Some(disk.sum == *sum)
    };
    paths.retain(|path| goes(path) != Some(true));
    Ok(paths)
}

fn conflicts(actions: &BTreeMap<Utf8PathBuf, Action>) -> impl Iterator<Item = (&Utf8Path, Action)> {
    actions
        .iter()
        .filter(|(_, action)| matches!(action, Action::Edited | Action::Foreign))
        .map(|(path, action)| (path.as_path(), *action))
}

impl Assessment {
    /// Files that are not slgen's to overwrite.
    pub fn conflicts(&self) -> impl Iterator<Item = (&Utf8Path, Action)> {
        conflicts(&self.actions)
    }

    /// A sentence on an interrupted run, if there was one; `apply` completes it first.
    pub fn pending(&self) -> Option<&str> {
        self.pending.as_deref()
    }

    /// Whether the disk differs from what would be written.
    pub fn is_stale(&self) -> bool {
        self.pending.is_some()
            || self.record_changes
            || self
                .actions
                .values()
                .any(|action| !matches!(action, Action::Unchanged | Action::Keep))
    }

    /// A unified diff from the disk as it stands to what would be written.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn diff(&self) -> Result<String, String> {
        let mut out = String::new();
        for (path, action) in &self.actions {
            let new = match (self.contents.get(path), action) {
                (Some(text), _) => text.as_str(),
                (None, Action::Remove) => "",
                (None, _) => continue,
            };
            let old = match read(&self.place.target(path)?, SHOWN) {
                Ok(bytes) => String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned(),
                Err(error) => {
                    out.push_str(&format!("# {error}\n"));
                    continue;
                }
            };
            let diff = similar::TextDiff::from_lines(old.as_str(), new);
            let (a, b) = (format!("a/{path}"), format!("b/{path}"));
            out.push_str(&diff.unified_diff().header(&a, &b).to_string());
        }
        Ok(out)
    }

    /// Completes an interrupted run, then writes what changes, all or nothing; gives the paths
    /// written and removed.
    ///
    /// # Errors
    /// A sentence with path and reason, and how the tree stands: as it was, or to be completed by
    /// the next run. Another slgen writing there.
    pub fn apply(&self, force: bool) -> Result<Vec<Utf8PathBuf>, String> {
        self.apply_with(force, &[])
    }

    /// The same together with what it was generated from: manifest and lock file, name and text of each, in the project's
    /// folder.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_with(
        &self,
        force: bool,
        inputs: &[(&str, &str)],
    ) -> Result<Vec<Utf8PathBuf>, String> {
        refuse(&self.actions, force)?;
        if !self.is_stale() && inputs.is_empty() {
            return Ok(Vec::new());
        }
        let made = disk::make_folders(&self.place.out)?;
        let written = self.write(force, inputs);
        if written.is_err() {
            disk::unmake_folders(&made);
        }
        written
    }

    fn write(&self, force: bool, inputs: &[(&str, &str)]) -> Result<Vec<Utf8PathBuf>, String> {
        self.place.check()?;
        let _lock = lock::take(&self.place.out)?;
        // Whoever writes one of them alone holds the folder that it is in.
        let _inputs = match inputs {
            [] => None,
            _ => Some(lock::take(self.place.root())?),
        };
        let mut touched = journal::recover(&self.place)?;
        // Under the lock once more: the disk may have changed since it was assessed.
        let view = look(&self.place, &self.wanted)?;
        refuse(&view.actions, force)?;
        let beside = inputs
            .iter()
            .map(|(name, text)| Ok((self.place.input(name)?, *text)))
            .collect::<Result<Vec<_>, String>>()?;
        let mut changes: Vec<Change> = view
            .actions
            .iter()
            .filter(|(_, action)| !matches!(action, Action::Unchanged | Action::Keep))
            .map(|(path, action)| Change {
                path,
                old: view.seen.get(path).cloned().flatten(),
                new: self.contents.get(path).map(String::as_str),
                keep: matches!(action, Action::Edited | Action::Foreign),
            })
            .collect();
        // Last: until then the old manifest is still read with its old lock file.
        for (path, text) in &beside {
            let old = seen(&self.place.entry(path)?)?;
            if old
                .as_ref()
                .is_none_or(|old| old.sum != checksum(text.as_bytes()))
            {
                changes.push(Change {
                    path,
                    old,
                    new: Some(text),
                    keep: false,
                });
            }
        }
        if !changes.is_empty() || view.recorded != self.record {
            touched.extend(journal::write(
                &self.place,
                &changes,
                self.record.clone(),
                view.record_was,
            )?);
        }
        touched.sort();
        touched.dedup();
        Ok(touched)
    }
}

/// Completes a run that was interrupted while it changed what the tree is generated from, so that nobody reads a new
/// manifest with an old lock file; says so. Every other interrupted run is completed by [`Assessment::apply`].
///
/// # Errors
/// As [`Assessment::apply`].
pub fn complete(root: &Utf8Path, out: &Utf8Path) -> Result<Option<String>, String> {
    let place = Place::new(root, out)?;
    let is_half = || {
        let pending = journal::pending(&place)?;
        Ok::<bool, String>(matches!(pending, Pending::Committed(plan) if plan.has_inputs(&place)))
    };
    if !is_half()? {
        return Ok(None);
    }
    let _lock = lock::take(&place.out)?;
    let _inputs = lock::take(place.root())?;
    // Under the locks once more: another slgen may have completed it.
    if is_half()? {
        journal::recover(&place)?;
    }
    Ok(Some(format!(
        "{}: an update was interrupted half way; it is completed now",
        place.out
    )))
}

fn refuse(actions: &BTreeMap<Utf8PathBuf, Action>, force: bool) -> Result<(), String> {
    match conflicts(actions).next() {
        Some((path, _)) if !force => Err(format!("{path} is not slgen's to overwrite")),
        _ => Ok(()),
    }
}
