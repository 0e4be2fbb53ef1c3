//! Small texts in the user's own cache folder, by key.
//!
//! It is a help and never a need: where the folder is missing, somebody else's, open to others, or a
//! link, there is no cache; an entry that is not whole is no entry. Nothing is said of any of that.
//! Only on Unix, where a file says whose it is.
#![allow(
    clippy::disallowed_methods,
    reason = "what it reads is no input: it is checked against the inputs"
)]

use std::path::PathBuf;

use crate::inputs::checksum;

/// Form of an entry.
const FORM: &str = "slgen.cache/1";
/// Largest entry.
const LARGEST: u64 = 4 << 20;
/// Entries beyond which the oldest are removed, and how many stay.
const MOST: usize = 64;
const STAY: usize = 48;

/// Name of an entry: the checksum of everything that it is the answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key of these parts in this order.
    pub fn of(parts: &[&str]) -> Self {
        let parts = parts.iter().map(|part| format!("{}:{part}", part.len()));
        Self(checksum(parts.collect::<String>().as_bytes()))
    }
}

/// `$XDG_CACHE_HOME/slgen`, or the platform's folder.
pub fn folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from);
    let absolute = |path: &PathBuf| path.is_absolute();
    let home = || {
        let below = if cfg!(target_os = "macos") {
            "Library/Caches"
        } else {
            ".cache"
        };
        Some(set("HOME").filter(absolute)?.join(below))
    };
    let caches = set("XDG_CACHE_HOME").filter(absolute).or_else(home)?;
    Some(caches.join("slgen"))
}

/// What is kept of a key.
pub fn get(key: &Key) -> Option<String> {
    let text = system::read(&key.0)?;
    let (head, body) = text.split_once('\n')?;
    (head == self::head(key, body)).then(|| body.to_owned())
}

/// Keeps a text, if that can be done.
pub fn put(key: &Key, body: &str) {
    let text = format!("{}\n{body}", head(key, body));
    if text.len() as u64 <= LARGEST {
        // Whatever fails, there is no entry.
        let _ = system::write(&key.0, &text);
    }
}

fn head(key: &Key, body: &str) -> String {
    format!("{FORM} {} {}", key.0, checksum(body.as_bytes()))
}

#[cfg(unix)]
mod system {
    use std::fs::{DirBuilder, File};
    use std::io::{Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::DirBuilderExt;

    use rustix::fs::{
        AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, open, openat, renameat, statat, unlinkat,
    };

    use super::{LARGEST, MOST, STAY};

    /// The folder, held open: what happens to its name later does not matter.
    fn folder() -> Option<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = open(super::folder()?, flags, Mode::empty()).ok()?;
        ours(&fstat(&folder).ok()?, FileType::Directory).then_some(folder)
    }

    /// Of this user, and written by no one else.
    fn ours(stat: &Stat, kind: FileType) -> bool {
        let mode = Mode::from_raw_mode(stat.st_mode);
        FileType::from_raw_mode(stat.st_mode) == kind
            && stat.st_uid == rustix::process::geteuid().as_raw()
            && !mode.intersects(Mode::WGRP | Mode::WOTH)
    }

    pub(super) fn read(name: &str) -> Option<String> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(folder()?, name, flags, Mode::empty()).ok()?;
        if !ours(&fstat(&file).ok()?, FileType::RegularFile) {
            return None;
        }
        let mut text = String::new();
        let mut file = File::from(file).take(LARGEST + 1);
        file.read_to_string(&mut text).ok()?;
        (text.len() as u64 <= LARGEST).then_some(text)
    }

    pub(super) fn write(name: &str, text: &str) -> Option<()> {
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(super::folder()?)
            .ok()?;
        let folder = folder()?;
        let new = format!("{name}.{}", std::process::id());
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&folder, &new, flags, Mode::RUSR | Mode::WUSR).ok()?;
        let written = File::from(file).write_all(text.as_bytes()).ok();
        let placed = written.and_then(|()| renameat(&folder, &new, &folder, name).ok());
        if placed.is_none() {
            let _ = unlinkat(&folder, &new, AtFlags::empty());
        }
        prune(&folder)?;
        placed
    }

    /// Removes the oldest entries when there are too many.
    fn prune(folder: &OwnedFd) -> Option<()> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(folder).ok()? {
            let entry = entry.ok()?;
            let name = entry.file_name().to_owned();
            // The folder itself, and the one above.
            if name.to_bytes().starts_with(b".") {
                continue;
            }
            let stat = statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
                entries.push((stat.st_mtime, name));
            }
        }
        if entries.len() > MOST {
            entries.sort();
            for (_, name) in entries.iter().take(entries.len() - STAY) {
                let _ = unlinkat(folder, name, AtFlags::empty());
            }
        }
        Some(())
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn read(_: &str) -> Option<String> {
        None
    }

    pub(super) fn write(_: &str, _: &str) -> Option<()> {
        None
    }
}
