//! The files of a folder that are shipped.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::data;
use crate::catalog::aws::quotas::quota;
use crate::catalog::unshipped::is_unshipped;

/// More files than any package has: a wrong folder was named.
const FILES: usize = 100_000;

/// Path in the package → file on disk, in the order in which they are packed.
pub type Shipped = BTreeMap<Utf8PathBuf, Utf8PathBuf>;

/// What of a prepared folder is shipped: its files but what is needed only to build it.
///
/// # Errors
/// A folder that cannot be read, a symbolic link, a name that is not UTF-8, more than Lambda takes.
pub(super) fn collect(folder: &Utf8Path) -> Result<Shipped, String> {
    files(folder, &|name, is_top| !data().built.holds(name, is_top))
}

/// Every file of a folder that somebody has built.
///
/// # Errors
/// As [`collect`].
pub fn whole(folder: &Utf8Path) -> Result<Shipped, String> {
    files(folder, &|_, _| true)
}

/// What of a source folder reaches the folder in which a package is prepared.
pub(super) fn sources(folder: &Utf8Path) -> Result<Shipped, String> {
    files(folder, &|name, is_top| {
        !is_unshipped(name) && !data().never.holds(name, is_top)
    })
}

fn files(folder: &Utf8Path, keeps: &dyn Fn(&str, bool) -> bool) -> Result<Shipped, String> {
    let mut found = Shipped::new();
    let mut bytes = 0;
    let mut folders = vec![Utf8PathBuf::new()];
    while let Some(below) = folders.pop() {
        let path = folder.join(&below);
        let fault = |error: std::io::Error| format!("{path}: {error}");
        for entry in path.read_dir_utf8().map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let name = entry.file_name();
            if !keeps(name, below.as_str().is_empty()) {
                continue;
            }
            let (at, path) = (below.join(name), entry.path());
            let fault = |error: std::io::Error| format!("{path}: {error}");
            let meta = fs::symlink_metadata(path).map_err(fault)?;
            if meta.is_dir() {
                folders.push(at);
            } else if meta.is_file() {
                bytes += meta.len();
                found.insert(at, path.to_owned());
            } else {
                return Err(format!(
                    "{path} is neither file nor folder: a package holds only these; put a copy in the place of a link"
                ));
            }
            fits(folder, found.len(), bytes)?;
        }
    }
    Ok(found)
}

fn fits(folder: &Utf8Path, files: usize, bytes: u64) -> Result<(), String> {
    let most = quota("function_zip_bytes_unzipped").value;
    if bytes > most {
        return Err(format!(
            "{folder} holds more than {} MB, which is the most that Lambda unzips: ship it as an image (`package: image`)",
            most / (1024 * 1024)
        ));
    }
    if files > FILES {
        return Err(format!("{folder} holds more than {FILES} files"));
    }
    Ok(())
}
