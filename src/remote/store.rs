//! Blueprints that were fetched, by the checksum of their files: what is found there is held against its name, so that
//! nothing in the folder has to be trusted. It is a help and never a need, except where nobody can be asked.

use std::io::Write as _;
use std::path::PathBuf;

use camino::Utf8PathBuf;

use super::archive;
use crate::blueprint::Files;
use crate::{cache, inputs};

/// `$SLGEN_CACHE_DIR`, or the user's own cache folder.
#[allow(
    clippy::disallowed_methods,
    reason = "what is read there is held against its checksum"
)]
fn folder() -> Option<Utf8PathBuf> {
    let set = std::env::var_os("SLGEN_CACHE_DIR").map(PathBuf::from);
    let folder = set
        .filter(|path| path.is_absolute())
        .or_else(cache::folder)?;
    let folder = Utf8PathBuf::from_path_buf(folder).ok()?;
    Some(folder.join("blueprints"))
}

fn name(sha256: &str) -> String {
    format!("{sha256}.tar")
}

/// The files of this checksum.
pub(super) fn get(sha256: &str) -> Option<Files> {
    let path = folder()?.join(name(sha256));
    let bytes = inputs::read(&path, archive::LONGEST).ok()??;
    let files = archive::unpack(&bytes).ok()?;
    (files.sha256() == sha256).then_some(files)
}

/// Keeps files, if that can be done.
pub(super) fn put(files: &Files) {
    // Whatever fails, there is no entry.
    let _ = write(files);
}

fn write(files: &Files) -> Option<()> {
    let folder = folder()?;
    let path = folder.join(name(&files.sha256()));
    let bytes = archive::pack(files).ok()?;
    std::fs::create_dir_all(&folder).ok()?;
    let mut new = tempfile::NamedTempFile::new_in(&folder).ok()?;
    new.write_all(&bytes).ok()?;
    new.persist(path).ok()?;
    Some(())
}
