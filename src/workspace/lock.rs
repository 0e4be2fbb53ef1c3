//! One slgen at a time writes a folder.
#![allow(clippy::disallowed_methods, reason = "a lock is no input")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::time::Duration;

use camino::Utf8Path;

use super::disk::fault;

/// Stands in for the folder where folders cannot be locked (some network file systems, Windows).
pub(super) const LOCK_FILE: &str = ".slgen.busy";

/// Held while a folder is written; the system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _held: File,
}

/// Locks a folder that exists.
///
/// # Errors
/// Another process holds it.
pub(super) fn take(folder: &Utf8Path) -> Result<Lock, String> {
    // Whoever held it before may have removed the folder and made it anew: then it is another one.
    for _ in 0..8 {
        let file = match File::open(folder) {
            Ok(file) => file,
            Err(_) if cfg!(not(unix)) => return take_file(folder),
            Err(error) => return Err(fault(folder, &error)),
        };
        match wait_for(&file) {
            Ok(()) if is_still(&file, folder) => return Ok(Lock { _held: file }),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(folder)),
            Err(TryLockError::Error(_)) => return take_file(folder),
        }
    }
    Err(busy(folder))
}

/// Waits half a second before it gives up: a child process holds what its parent had open until its program starts, and
/// a run may be about to end.
fn wait_for(file: &File) -> Result<(), TryLockError> {
    for _ in 0..50 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            done => return done,
        }
    }
    file.try_lock()
}

fn take_file(folder: &Utf8Path) -> Result<Lock, String> {
    let path = folder.join(LOCK_FILE);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| fault(&path, &error))?;
    match wait_for(&file) {
        // A file system without locks: better unlocked than not at all.
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
            Err(fault(&path, &error))
        }
        Err(TryLockError::WouldBlock) => Err(busy(folder)),
        _ => Ok(Lock { _held: file }),
    }
}

/// What is said when another process holds the lock.
pub(super) fn busy(folder: &Utf8Path) -> String {
    format!("another slgen is writing {folder}: run this again when it is done")
}

#[cfg(unix)]
fn is_still(file: &File, folder: &Utf8Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |meta: io::Result<std::fs::Metadata>| meta.map(|m| (m.dev(), m.ino())).ok();
    identity(file.metadata()) == identity(std::fs::metadata(folder))
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Utf8Path) -> bool {
    true
}
