//! Writing the journal, up to the point from which the run counts as done.
#![allow(clippy::disallowed_methods, reason = "it looks before it writes")]

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::disk::{self, fault};
use super::super::paths::{self, Place, RECORD, Seen, checksum, seen};
use super::super::record::{self, Files};
use super::complete::complete;
use super::{Entry, PLAN, PLAN_NEW, Plan, RECORD_COPY, SCHEMA, discard, folder, sync_folders};

/// Files open at once while a journal is written.
const BATCH: usize = 128;

/// One file to be written or removed.
#[derive(Debug)]
pub(in crate::workspace) struct Change<'a> {
    /// Path as seen from `out`.
    pub(in crate::workspace) path: &'a Utf8Path,
    /// What is there.
    pub(in crate::workspace) old: Option<Seen>,
    /// What is to be there.
    pub(in crate::workspace) new: Option<&'a str>,
    /// Keep a copy of what is there.
    pub(in crate::workspace) keep: bool,
}

/// Writes and removes files, and the record of them, all or none; gives the paths.
///
/// # Errors
/// A sentence with path and reason, and whether the tree is as it was or is still to be completed.
pub(in crate::workspace) fn write(
    place: &Place,
    changes: &[Change],
    record: Files,
    record_was: Option<String>,
) -> Result<Vec<Utf8PathBuf>, String> {
    let entries = changes.iter().map(|change| Entry {
        path: change.path.to_owned(),
        old: change.old.as_ref().map(|seen| seen.sum.clone()),
        new: change.new.map(|text| checksum(text.as_bytes())),
        keep: change.keep,
    });
    let plan = Plan {
        entries: entries.collect(),
        record_was,
        record,
    };
    let mut made = Vec::new();
    let folder = folder(place);
    commit(place, &folder, changes, &plan, &mut made).map_err(|error| {
        if fs::symlink_metadata(folder.join(PLAN)).is_ok() {
            return unfinished(&folder, &error);
        }
        let _ = discard(&folder);
        disk::unmake_folders(&made);
        format!("{error}\nNothing was written: everything is as it was.")
    })?;
    let (touched, left) = complete(place, &plan).map_err(|error| {
        if fs::symlink_metadata(folder.join(PLAN)).is_ok() {
            unfinished(&folder, &error)
        } else {
            format!(
                "{error}\nEverything was written; what is left in {folder} is removed by the next run."
            )
        }
    })?;
    if left.is_empty() {
        Ok(touched)
    } else {
        Err(format!(
            "{}: changed by someone else while slgen wrote, and left so; everything else was written",
            left.join(", ")
        ))
    }
}

fn unfinished(folder: &Utf8Path, error: &str) -> String {
    format!(
        "{error}\nThe files are partly written; all that is new is kept in {folder}. Mend this, then run `slgen generate` again: it completes them."
    )
}

/// Writes the journal, up to the point from which the run counts as done.
fn commit(
    place: &Place,
    folder: &Utf8Path,
    changes: &[Change],
    plan: &Plan,
    made: &mut Vec<Utf8PathBuf>,
) -> Result<(), String> {
    let targets = changes
        .iter()
        .map(|change| place.entry(change.path))
        .collect::<Result<Vec<_>, _>>()?;
    let parents: BTreeSet<&Utf8Path> = targets.iter().filter_map(|t| t.parent()).collect();
    for parent in parents.iter().copied().chain([place.out.as_path()]) {
        if fs::symlink_metadata(parent).is_ok() {
            paths::writable(parent)?;
        }
    }
    disk::make_folder(folder).map_err(|error| fault(folder, &error))?;
    // Before the first sync, which then takes the new folders along.
    for (change, target) in changes.iter().zip(&targets) {
        if let (Some(_), Some(parent)) = (change.new, target.parent()) {
            made.extend(disk::make_folders(parent)?);
            paths::same_file_system(&place.out, parent)?;
        }
    }
    let record_mode = seen(&place.out.join(RECORD))?.and_then(|seen| seen.mode);
    let record_text = record::text(&plan.record)?;
    let mut batch = Vec::new();
    let mut stage = |name: &str, text: &str, bits: Option<u32>| {
        if batch.len() == BATCH {
            disk::sync_files(&batch).map_err(|(path, error)| fault(&path, &error))?;
            batch.clear();
        }
        let path = folder.join(name);
        let file = disk::create(&path, text.as_bytes(), bits).map_err(|e| fault(&path, &e))?;
        batch.push((path, file));
        Ok::<(), String>(())
    };
    for (n, change) in changes.iter().enumerate() {
        if let Some(text) = change.new {
            let bits = change.old.as_ref().and_then(|seen| seen.mode);
            stage(&n.to_string(), text, bits)?;
        }
    }
    stage(RECORD_COPY, &record_text, record_mode)?;
    let body = serde_json::to_string_pretty(plan).map_err(|error| error.to_string())? + "\n";
    let text = format!("{SCHEMA} {}\n{body}", checksum(body.as_bytes()));
    stage(PLAN_NEW, &text, None)?;
    disk::sync_all(batch, [folder, place.out.as_path()])
        .map_err(|(path, error)| fault(&path, &error))?;
    let plan = folder.join(PLAN);
    disk::rename(&folder.join(PLAN_NEW), &plan).map_err(|error| fault(&plan, &error))?;
    sync_folders([folder])
}
