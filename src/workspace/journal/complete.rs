//! Bringing the tree to what a committed journal says.
#![allow(clippy::disallowed_methods, reason = "it looks before it writes")]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::disk::{self, fault};
use super::super::paths::{Place, RECORD, Seen, checksum, names, seen};
use super::super::record::{self, Files};
use super::{Outcome, PLAN, Plan, RECORD_COPY, RECORD_NEW, discard, folder, stays, sync_folders};

/// Brings the tree to what a committed plan says; gives the paths placed, and those left as they are
/// because someone else changed them.
pub(super) fn complete(
    place: &Place,
    plan: &Plan,
) -> Result<(Vec<Utf8PathBuf>, Vec<String>), String> {
    let folder = folder(place);
    for (n, entry) in plan.entries.iter().enumerate() {
        let staged = folder.join(n.to_string());
        let sum = seen(&staged)?.map(|seen| seen.sum);
        if sum.is_some() && sum != entry.new {
            return Err(format!(
                "{staged}: its checksum is not what the plan says; nothing was changed. Restore the folder's files from version control, then remove {folder}"
            ));
        }
    }
    plan.completed(place)?;
    let mut record = plan.record.clone();
    let (mut touched, mut left) = (Vec::new(), Vec::new());
    let mut folders: BTreeSet<Utf8PathBuf> = place.folders().map(Utf8Path::to_owned).collect();
    for (n, entry) in plan.entries.iter().enumerate() {
        let staged = folder.join(n.to_string());
        place.check()?;
        let target = place.entry(&entry.path)?;
        let disk = seen(&target)?;
        let here = target.ancestors().skip(1).take(names(&entry.path));
        match entry.outcome(disk.as_ref(), fs::symlink_metadata(&staged).is_ok()) {
            Outcome::Done => {}
            Outcome::Left => {
                stays(&mut record, entry, disk.as_ref());
                left.push(target.to_string());
                continue;
            }
            Outcome::Place => {
                let failed = |error| fault(&target, &error);
                if entry.keep
                    && let Some(disk) = &disk
                {
                    keep(&target, disk)?;
                }
                if entry.new.is_some() {
                    if let Some(parent) = target.parent() {
                        disk::make_folders(parent)?;
                    }
                    disk::rename(&staged, &target).map_err(failed)?;
                } else {
                    disk::remove(&target).map_err(failed)?;
                }
                touched.push(entry.path.clone());
            }
        }
        folders.extend(here.map(Utf8Path::to_owned));
    }
    write_record(place, plan, &record)?;
    for entry in plan.entries.iter().filter(|entry| entry.new.is_none()) {
        remove_empty(place, &entry.path);
    }
    folders.retain(|folder| fs::symlink_metadata(folder).is_ok());
    sync_folders(folders.iter().map(Utf8PathBuf::as_path))?;
    let path = folder.join(PLAN);
    disk::remove(&path).map_err(|error| fault(&path, &error))?;
    discard(&folder)?;
    Ok((touched, left))
}

fn write_record(place: &Place, plan: &Plan, record: &Files) -> Result<(), String> {
    plan.check_record(place, record)?;
    let path = place.out.join(RECORD);
    let text = record::text(record)?;
    let sum = checksum(text.as_bytes());
    let disk = seen(&path)?;
    if disk.as_ref().is_some_and(|disk| disk.sum == sum) {
        return Ok(());
    }
    let folder = folder(place);
    let mut staged = folder.join(RECORD_COPY);
    if seen(&staged)?.is_none_or(|seen| seen.sum != sum) {
        staged = folder.join(RECORD_NEW);
        let failed = |error| fault(&staged, &error);
        if fs::symlink_metadata(&staged).is_ok() {
            disk::remove(&staged).map_err(failed)?;
        }
        let mode = disk.and_then(|seen| seen.mode);
        let file = disk::create(&staged, text.as_bytes(), mode).map_err(failed)?;
        disk::sync_files(&[(staged.clone(), file)]).map_err(|(p, error)| fault(&p, &error))?;
    }
    disk::rename(&staged, &path).map_err(|error| fault(&path, &error))
}

/// Keeps what `force` overwrites as `<name>.backup`, under the first name that is free.
fn keep(target: &Utf8Path, disk: &Seen) -> Result<(), String> {
    for n in 0..10_000_u32 {
        let copy = match n {
            0 => Utf8PathBuf::from(format!("{target}.backup")),
            n => Utf8PathBuf::from(format!("{target}.backup.{n}")),
        };
        match fs::symlink_metadata(&copy) {
            // The same text is already kept, perhaps by the run that is completed now.
            Ok(meta) if meta.is_file() && seen(&copy)?.is_some_and(|s| s.sum == disk.sum) => {
                return Ok(());
            }
            Ok(_) => continue,
            Err(_) => {}
        }
        let failed = |error| fault(&copy, &error);
        return match disk::link(target, &copy) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            // No second names on this file system: a copy.
            Err(_) => {
                let text = fs::read(target).map_err(|error| fault(target, &error))?;
                let file = disk::create(&copy, &text, disk.mode).map_err(failed)?;
                disk::sync_files(&[(copy.clone(), file)]).map_err(|(p, error)| fault(&p, &error))
            }
        };
    }
    Err(format!(
        "{target}: there are 10,000 backups of it: remove some"
    ))
}

/// Removes the folders that a removed file leaves empty; `out` stays. One that cannot be removed does no harm.
fn remove_empty(place: &Place, path: &Utf8Path) {
    let Ok(target) = place.target(path) else {
        return;
    };
    let own = names(path).saturating_sub(1);
    for folder in target.ancestors().skip(1).take(own) {
        if !disk::remove_folder(folder).unwrap_or(false) {
            break;
        }
    }
}
