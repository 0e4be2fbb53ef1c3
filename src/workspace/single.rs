//! One file of the project, written at once or not at all.

use std::io::ErrorKind;

use camino::Utf8Path;

use super::disk::{self, fault};
use super::{lock, paths};

/// Puts a content in the place of a file in a folder; the file before it is gone, or untouched when this fails.
///
/// # Errors
/// What stands in the way: no right, no room, a symbolic link, another slgen.
pub fn replace(folder: &Utf8Path, name: &str, content: impl AsRef<[u8]>) -> Result<(), String> {
    let path = folder.join(name);
    paths::no_detour(folder, Utf8Path::new(name))?;
    let mode = paths::seen(&path)?.and_then(|seen| seen.mode);
    let _held = lock::take(folder)?;
    let new = folder.join(format!(".{name}.new"));
    match disk::remove(&new) {
        // Left by a run that was killed.
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(fault(&new, &error)),
    }
    let written = disk::create(&new, content.as_ref(), mode)
        .map_err(|error| fault(&new, &error))
        .and_then(|file| {
            disk::sync_files(&[(new.clone(), file)]).map_err(|(path, e)| fault(&path, &e))
        })
        .and_then(|()| disk::rename(&new, &path).map_err(|error| fault(&path, &error)));
    if written.is_err() {
        let _ = disk::remove(&new);
        return written;
    }
    disk::sync_folders([folder]).map_err(|(path, error)| fault(&path, &error))
}

/// The same for a file that the user named, in a folder that is there.
///
/// # Errors
/// As [`replace`], and a path that names no file.
pub fn replace_at(path: &Utf8Path, content: impl AsRef<[u8]>) -> Result<(), String> {
    let (folder, name) = split(path)?;
    replace(folder, name, content)
}

/// The same for a path below a root, whose folders are made where they are missing.
///
/// # Errors
/// As [`replace`], and a path that leads outside the root, by name or by symbolic link.
pub fn put(root: &Utf8Path, path: &Utf8Path, content: impl AsRef<[u8]>) -> Result<(), String> {
    put_by(root, path, |target| replace_at(target, content))
}

/// Puts a file that is there in the place of another on the same file system, which is gone then, or untouched when this fails.
///
/// # Errors
/// As [`replace_at`].
pub fn place(new: &Utf8Path, path: &Utf8Path) -> Result<(), String> {
    let (folder, name) = split(path)?;
    paths::no_detour(folder, Utf8Path::new(name))?;
    paths::regular(path)?;
    let _held = lock::take(folder)?;
    let file = std::fs::File::open(new).map_err(|error| fault(new, &error))?;
    disk::sync_files(&[(new.to_owned(), file)]).map_err(|(path, e)| fault(&path, &e))?;
    disk::rename(new, path).map_err(|error| fault(path, &error))?;
    disk::sync_folders([folder]).map_err(|(path, error)| fault(&path, &error))
}

/// Does work that leaves a file at a path below a root, in a folder that is made first and goes again where the work fails.
///
/// # Errors
/// As [`put`], and those of the work, which gets the whole path.
pub fn put_by<T>(
    root: &Utf8Path,
    path: &Utf8Path,
    work: impl FnOnce(&Utf8Path) -> Result<T, String>,
) -> Result<T, String> {
    paths::plain(path)?;
    paths::no_detour(root, path)?;
    let target = root.join(path);
    let (folder, _) = split(&target)?;
    let made = disk::make_folders(folder)?;
    let done = work(&target);
    if done.is_err() {
        disk::unmake_folders(&made);
    }
    done
}

fn split(path: &Utf8Path) -> Result<(&Utf8Path, &str), String> {
    let name = path
        .file_name()
        .ok_or_else(|| format!("{path} is no name of a file"))?;
    Ok(match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => (folder, name),
        _ => (Utf8Path::new("."), name),
    })
}

/// What a file below a root holds, at most so many bytes; `None` when there is none.
///
/// # Errors
/// A path that leads outside the root, something that is no file, a larger file.
pub fn content(root: &Utf8Path, path: &Utf8Path, limit: u64) -> Result<Option<Vec<u8>>, String> {
    paths::plain(path)?;
    paths::no_detour(root, path)?;
    paths::read(&root.join(path), limit)
}

#[cfg(test)]
mod tests {
    use super::super::disk::faults::{Fault, with};
    use super::*;

    #[test]
    fn a_run_that_dies_leaves_the_old_or_the_new() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let path = root.join("x.lock");
        replace(root, "x.lock", "oldest").unwrap();
        let (result, steps) = with(Fault::Never, || replace(root, "x.lock", "old"));
        assert_eq!(result, Ok(()));
        assert!(steps.len() >= 5, "{steps:?}");
        for dies in 0..=steps.len() {
            std::fs::write(&path, "old").unwrap();
            let (result, _) = with(Fault::DiesAt(dies), || replace(root, "x.lock", "new"));
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text == "old" || text == "new", "{dies}: {text:?}");
            assert_eq!(result.is_ok(), dies == steps.len(), "{dies}");
            replace(root, "x.lock", "newer").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "newer");
            assert_eq!(root.read_dir_utf8().unwrap().count(), 1, "{dies}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::write(root.join("other"), "theirs").unwrap();
        std::os::unix::fs::symlink("other", root.join("x.lock")).unwrap();
        assert!(replace(root, "x.lock", "new").unwrap_err().contains("link"));
        assert_eq!(
            std::fs::read_to_string(root.join("other")).unwrap(),
            "theirs"
        );
    }
}
