//! Many files at once: whatever point the process dies at, the tree is the old one, the new one, or
//! half way with a journal from which the next run completes it.
//!
//! 1. `<out>/.slgen.journal/` gets every new text as a file, then the plan; all is synced.
//! 2. The plan is renamed to its name: from here on the run counts as done.
//! 3. Each text is renamed over its target, what goes is removed, the record is written; the folders
//!    are synced.
//! 4. The plan is removed, then the journal.
//!
//! A journal without a plan is discarded, one with a plan is completed. Each target is placed only
//! where the disk still holds what the plan saw: what was edited since stays, and the record then
//! shows it as edited.
//!
//! Manifest and lock file may change with what is generated from them: their paths lead to the project's folder, and they
//! are never part of the record.

mod commit;
mod complete;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::disk::{self, fault};
use super::paths::{self, JOURNAL, Place, RECORD, Seen, checksum, is_checksum, seen};
use super::record::{self, Files, LIMIT};
use crate::inputs::{self, Kind};

pub(super) use commit::{Change, write};

const PLAN: &str = "plan";
const PLAN_NEW: &str = "plan.new";
const RECORD_COPY: &str = "record";
const RECORD_NEW: &str = "record.new";

/// First word of the plan's first line; the second is the checksum of what follows it.
const SCHEMA: &str = "slgen.journal/1";

/// What is to become of the tree.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// Checksum of the record that this run found.
    record_was: Option<String>,
    /// What the record is to say.
    record: Files,
    /// Entry n has its text in the journal's file n.
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: Utf8PathBuf,
    /// Checksum of what was there.
    old: Option<String>,
    /// Checksum of what is to be there; without one the file goes.
    new: Option<String>,
    /// What was there is kept as a copy beside.
    keep: bool,
}

/// What an earlier run left behind.
#[derive(Debug)]
pub(super) enum Pending {
    /// Nothing.
    Nothing,
    /// A journal that was never committed: the tree is as it was before.
    Abandoned,
    /// A committed journal: the tree is half way.
    Committed(Plan),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The disk is as the plan saw it: it is placed or removed.
    Place,
    /// It is already as the plan wants it.
    Done,
    /// Someone else changed it: it stays.
    Left,
}

impl Entry {
    fn outcome(&self, disk: Option<&Seen>, staged: bool) -> Outcome {
        let disk = disk.map(|seen| seen.sum.as_str());
        if disk == self.new.as_deref() {
            Outcome::Done
        } else if disk != self.old.as_deref() && disk.is_some() {
            Outcome::Left
        } else if self.new.is_none() || staged {
            Outcome::Place
        } else {
            Outcome::Left
        }
    }
}

impl Plan {
    /// How the tree looks once the plan is completed: what differs from the disk, and the record.
    pub(super) fn completed(
        &self,
        place: &Place,
    ) -> Result<(BTreeMap<Utf8PathBuf, Option<Seen>>, Files), String> {
        let mut files = BTreeMap::new();
        let mut record = self.record.clone();
        for (n, entry) in self.entries.iter().enumerate() {
            let disk = seen(&place.entry(&entry.path)?)?;
            let staged = is_there(&folder(place).join(n.to_string()));
            match entry.outcome(disk.as_ref(), staged) {
                Outcome::Done => {}
                Outcome::Left => stays(&mut record, entry, disk.as_ref()),
                Outcome::Place => {
                    let mode = disk.and_then(|seen| seen.mode);
                    let after = entry.new.clone().map(|sum| Seen { sum, mode });
                    files.insert(entry.path.clone(), after);
                }
            }
        }
        self.check_record(place, &record)?;
        Ok((files, record))
    }

    /// Whether it changes what the tree is generated from.
    pub(super) fn has_inputs(&self, place: &Place) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| place.input_name(&entry.path).is_some())
    }

    /// The record is that of the interrupted run or the one it was to write: otherwise the tree is
    /// no longer the one that the plan is for.
    fn check_record(&self, place: &Place, after: &Files) -> Result<(), String> {
        let path = place.out.join(RECORD);
        let disk = seen(&path)?.map(|seen| seen.sum);
        let mut known = vec![self.record_was.clone()];
        for files in [&self.record, after] {
            known.push(Some(checksum(record::text(files)?.as_bytes())));
        }
        if known.contains(&disk) {
            return Ok(());
        }
        Err(format!(
            "{path} was changed after a run of slgen was interrupted, so that run cannot be completed: restore the file, or remove {} to give the run up",
            folder(place)
        ))
    }
}

/// The record of a file that stays: still ours if it is as it was before.
fn stays(record: &mut Files, entry: &Entry, disk: Option<&Seen>) {
    if let (Some(disk), Some(old)) = (disk, &entry.old)
        && disk.sum == *old
    {
        record.insert(entry.path.clone(), old.clone());
    }
}

fn folder(place: &Place) -> Utf8PathBuf {
    place.out.join(JOURNAL)
}

/// Reads what an earlier run left behind; changes nothing.
///
/// # Errors
/// A journal that slgen did not write so: nothing is concluded from it.
pub(super) fn pending(place: &Place) -> Result<Pending, String> {
    let folder = folder(place);
    match inputs::standing(&folder).map_err(|error| fault(&folder, &error))? {
        None => return Ok(Pending::Nothing),
        Some(standing) if standing.kind != Kind::Folder => {
            return Err(format!("{folder} is no folder: move it away"));
        }
        Some(_) => {}
    }
    let path = folder.join(PLAN);
    let Some(bytes) = paths::read(&path, LIMIT)? else {
        return Ok(Pending::Abandoned);
    };
    let refuse = |reason: &str| {
        format!(
            "{path}: {reason}; nothing was changed. Restore the folder's files from version control, then remove {folder}"
        )
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse("it is not a journal of slgen"))?;
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    match head.split_once(' ') {
        Some((SCHEMA, sum)) if sum == checksum(body.as_bytes()) => {}
        Some((SCHEMA, _)) => return Err(refuse("its checksum is wrong")),
        Some((other, _)) if other.starts_with("slgen.journal/") => {
            return Err(format!(
                "{path} was written by another version of slgen: its form is {other}, this version knows {SCHEMA}; complete it with that version"
            ));
        }
        _ => return Err(refuse("it is not a journal of slgen")),
    }
    let plan: Plan = serde_json::from_str(body).map_err(|error| refuse(&error.to_string()))?;
    record::validate(place, &plan.record).map_err(|error| refuse(&error))?;
    let mut paths = BTreeSet::new();
    for entry in &plan.entries {
        place.entry(&entry.path).map_err(|error| refuse(&error))?;
        let sums = [&entry.old, &entry.new];
        if !paths.insert(&entry.path) || !sums.into_iter().flatten().all(|s| is_checksum(s)) {
            return Err(refuse("an entry is not of slgen's"));
        }
    }
    Ok(Pending::Committed(plan))
}

fn is_there(path: &Utf8Path) -> bool {
    inputs::standing(path).is_ok_and(|standing| standing.is_some())
}

/// Changes with every run that writes: whether there is a journal and a plan, and the record.
pub(super) fn mark(place: &Place) -> Result<(bool, bool, Option<String>), String> {
    let folder = folder(place);
    let record = seen(&place.out.join(RECORD))?.map(|seen| seen.sum);
    Ok((is_there(&folder), is_there(&folder.join(PLAN)), record))
}

/// Completes or discards what an earlier run left behind; gives the paths written and removed.
pub(super) fn recover(place: &Place) -> Result<Vec<Utf8PathBuf>, String> {
    match pending(place)? {
        Pending::Nothing => Ok(Vec::new()),
        Pending::Abandoned => {
            let folder = folder(place);
            discard(&folder)?;
            Ok(Vec::new())
        }
        Pending::Committed(plan) => complete::complete(place, &plan).map(|(touched, _)| touched),
    }
}

/// Removes a journal without a plan: only what slgen put there.
#[allow(clippy::disallowed_methods, reason = "it looks before it removes")]
fn discard(folder: &Utf8Path) -> Result<(), String> {
    let failed = |error| fault(folder, &error);
    let mut ours = Vec::new();
    for entry in folder.read_dir_utf8().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let known = [PLAN_NEW, RECORD_COPY, RECORD_NEW].contains(&name)
            || name.bytes().all(|b| b.is_ascii_digit());
        if !known || entry.file_type().map_err(failed)?.is_dir() {
            return Err(format!(
                "{}: slgen did not put it there; move it away, then run slgen again",
                entry.path()
            ));
        }
        ours.push(entry.path().to_owned());
    }
    ours.sort();
    for path in ours {
        disk::remove(&path).map_err(|error| fault(&path, &error))?;
    }
    disk::remove_folder(folder).map(drop).map_err(failed)
}

fn sync_folders<'a>(folders: impl IntoIterator<Item = &'a Utf8Path>) -> Result<(), String> {
    disk::sync_folders(folders).map_err(|(path, error)| fault(&path, &error))
}
