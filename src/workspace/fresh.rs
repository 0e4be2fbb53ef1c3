//! Files that are written once and are the user's from then on.
#![allow(clippy::disallowed_methods, reason = "it looks before it writes")]

use std::collections::BTreeMap;
use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{self, fault};
use super::{lock, paths};

/// Which of these paths, relative to the root, are free; what stands at the others is not looked at.
///
/// # Errors
/// A path that leads outside the root, by name or by symbolic link.
pub fn free<'a>(
    root: &Utf8Path,
    paths: impl IntoIterator<Item = &'a Utf8Path>,
) -> Result<Vec<&'a Utf8Path>, String> {
    let mut free = Vec::new();
    for path in paths {
        paths::plain(path)?;
        if let Some(folder) = path.parent() {
            paths::no_detour(root, folder)?;
        }
        if std::fs::symlink_metadata(root.join(path)).is_err() {
            free.push(path);
        }
    }
    Ok(free)
}

/// Writes files, path relative to the root → text, none of which may be there: all, or none.
///
/// # Errors
/// A path that is taken or leads outside; no right, no room.
pub fn add(root: &Utf8Path, files: &BTreeMap<Utf8PathBuf, String>) -> Result<(), String> {
    add_and(root, files, || Ok(()))
}

/// The same, with something that is done last; where it fails, nothing stays of the files. The root is made if it is
/// not there.
///
/// # Errors
/// As [`add`], and what was to be done last.
pub fn add_and(
    root: &Utf8Path,
    files: &BTreeMap<Utf8PathBuf, String>,
    last: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let given = files.keys().map(Utf8PathBuf::as_path);
    let free = free(root, given)?.len();
    if free != files.len() {
        return Err("a file appeared meanwhile: nothing was written".to_owned());
    }
    let mut made = disk::make_folders(root)?;
    let mut written: Vec<(Utf8PathBuf, File)> = Vec::new();
    // Let go of before what is done last, which takes it anew.
    let result = lock::take(root).and_then(|_held| write(root, files, &mut made, &mut written));
    let result = result.and_then(|()| last());
    if result.is_err() {
        for (path, _) in &written {
            let _ = disk::remove(path);
        }
        disk::unmake_folders(&made);
    }
    result
}

fn write(
    root: &Utf8Path,
    files: &BTreeMap<Utf8PathBuf, String>,
    made: &mut Vec<Utf8PathBuf>,
    written: &mut Vec<(Utf8PathBuf, File)>,
) -> Result<(), String> {
    for (path, text) in files {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            made.extend(disk::make_folders(folder)?);
        }
        let file = disk::create(&path, text.as_bytes(), None).map_err(|error| {
            // Not ours if it was there before.
            if error.kind() != std::io::ErrorKind::AlreadyExists {
                let _ = disk::remove(&path);
            }
            fault(&path, &error)
        })?;
        written.push((path, file));
    }
    disk::sync_files(written).map_err(|(path, error)| fault(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::super::disk::faults::{Fault, with};
    use super::*;

    fn files() -> BTreeMap<Utf8PathBuf, String> {
        ["a/b/x.py", "a/y.py", "z.py"]
            .map(|path| (path.into(), format!("text of {path}")))
            .into()
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let count = {
            let folder = tempfile::tempdir().unwrap();
            let root = Utf8Path::from_path(folder.path()).unwrap();
            let (result, steps) = with(Fault::Never, || add(root, &files()));
            assert_eq!(result, Ok(()));
            assert_eq!(
                std::fs::read_to_string(root.join("a/y.py")).unwrap(),
                "text of a/y.py"
            );
            steps.len()
        };
        assert!(count >= 8, "{count}");
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let refused = add_and(root, &files(), || Err("no".to_owned()));
        assert_eq!(refused, Err("no".to_owned()));
        assert_eq!(root.read_dir_utf8().unwrap().count(), 0);
        for fails in 0..count {
            let folder = tempfile::tempdir().unwrap();
            let root = Utf8Path::from_path(folder.path()).unwrap();
            let fault = Fault::FailsAt(fails, std::io::ErrorKind::StorageFull);
            let (result, _) = with(fault, || add(root, &files()));
            assert!(result.is_err(), "{fails}");
            assert_eq!(root.read_dir_utf8().unwrap().count(), 0, "{fails}");
        }
    }

    #[test]
    fn the_root_is_made_and_goes_with_what_fails() {
        let folder = tempfile::tempdir().unwrap();
        let outer = Utf8Path::from_path(folder.path()).unwrap();
        let root = outer.join("new/deep");
        let refused = add_and(&root, &files(), || Err("no".to_owned()));
        assert_eq!(refused, Err("no".to_owned()));
        assert_eq!(outer.read_dir_utf8().unwrap().count(), 0);
        assert_eq!(add(&root, &files()), Ok(()));
        assert!(root.join("a/b/x.py").is_file());
    }

    #[test]
    fn what_is_there_stays_and_nothing_leads_outside() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::write(root.join("z.py"), "mine").unwrap();
        assert!(add(root, &files()).is_err());
        assert_eq!(std::fs::read_to_string(root.join("z.py")).unwrap(), "mine");
        assert_eq!(root.read_dir_utf8().unwrap().count(), 1);
        let all = files();
        let free = free(root, all.keys().map(Utf8PathBuf::as_path)).unwrap();
        assert_eq!(free, ["a/b/x.py", "a/y.py"]);
        for path in ["../x", "/x", ""] {
            assert!(add(root, &BTreeMap::from([(path.into(), String::new())])).is_err());
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/tmp", root.join("a")).unwrap();
            assert!(add(root, &BTreeMap::from([("a/x".into(), String::new())])).is_err());
        }
    }
}
