//! Every call that changes the disk, one function each, so that a test can stop between any two.
#![allow(clippy::disallowed_methods, reason = "it writes")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// Most threads that wait for the disk at once: file systems write waiting files together.
const SYNC_THREADS: usize = 16;

/// Creates a file that is not there yet, with its text and permission bits; not yet synced.
///
/// Without bits it gets 0644 less the umask.
pub(super) fn create(path: &Utf8Path, text: &[u8], mode: Option<u32>) -> io::Result<File> {
    step("create", path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o644);
    }
    let mut file = options.open(path)?;
    let whole = step("write", path);
    file.write_all(if whole.is_ok() {
        text
    } else {
        &text[..text.len() / 2]
    })?;
    whole?;
    #[cfg(unix)]
    if let Some(mode) = mode {
        use std::os::unix::fs::PermissionsExt;
        step("chmod", path)?;
        file.set_permissions(fs::Permissions::from_mode(mode & 0o777))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    Ok(file)
}

/// Makes files last; names the one that failed.
pub(super) fn sync_files(files: &[(Utf8PathBuf, File)]) -> Result<(), (Utf8PathBuf, io::Error)> {
    for (path, _) in files {
        step("sync", path).map_err(|error| (path.clone(), error))?;
    }
    sync(files)
}

/// Makes a file last that somebody else wrote.
pub(super) fn sync_file(path: &Utf8Path) -> io::Result<()> {
    let file = File::open(path)?;
    sync_files(&[(path.to_owned(), file)]).map_err(|(_, error)| error)
}

/// Makes the names in folders last.
pub(super) fn sync_folders<'a>(
    paths: impl IntoIterator<Item = &'a Utf8Path>,
) -> Result<(), (Utf8PathBuf, io::Error)> {
    sync_all(Vec::new(), paths)
}

/// Makes files and the names in folders last, for which the disk is waited for once; names what failed.
pub(super) fn sync_all<'a>(
    mut files: Vec<(Utf8PathBuf, File)>,
    folders: impl IntoIterator<Item = &'a Utf8Path>,
) -> Result<(), (Utf8PathBuf, io::Error)> {
    for (path, _) in &files {
        step("sync", path).map_err(|error| (path.clone(), error))?;
    }
    for path in folders {
        step("sync folder", path).map_err(|error| (path.to_owned(), error))?;
        // Where a folder cannot be opened (Windows), it cannot be synced either.
        if cfg!(unix) {
            let folder = File::open(path).map_err(|error| (path.to_owned(), error))?;
            files.push((path.to_owned(), folder));
        }
    }
    sync(&files)
}

fn sync(files: &[(Utf8PathBuf, File)]) -> Result<(), (Utf8PathBuf, io::Error)> {
    if cfg!(test) {
        return Ok(());
    }
    let part = |part: &[(Utf8PathBuf, File)]| {
        part.iter()
            .try_for_each(|(path, file)| match file.sync_all() {
                // Some network file systems do not sync folders, and need not.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::InvalidInput | ErrorKind::Unsupported
                    ) =>
                {
                    Ok(())
                }
                other => other.map_err(|error| (path.clone(), error)),
            })
    };
    if files.len() < 2 {
        return part(files);
    }
    std::thread::scope(|scope| {
        let mut waiting = Vec::new();
        for files in files.chunks(files.len().div_ceil(SYNC_THREADS)) {
            match std::thread::Builder::new().spawn_scoped(scope, move || part(files)) {
                Ok(thread) => waiting.push(thread),
                Err(_) => part(files)?,
            }
        }
        waiting.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err((Utf8PathBuf::new(), io::Error::other("sync failed"))))
        })
    })
}

/// Puts a file in the place of another, at once.
pub(super) fn rename(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    step("rename", to)?;
    fs::rename(from, to)
}

/// A second name for a file; fails where the name is taken.
pub(super) fn link(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    step("link", to)?;
    fs::hard_link(from, to)
}

/// Removes a file.
pub(super) fn remove(path: &Utf8Path) -> io::Result<()> {
    step("remove", path)?;
    fs::remove_file(path)
}

/// Removes a folder if it is empty; gives whether it is gone.
pub(super) fn remove_folder(path: &Utf8Path) -> io::Result<bool> {
    step("remove folder", path)?;
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes one folder, 0755 less the umask.
pub(super) fn make_folder(path: &Utf8Path) -> io::Result<()> {
    step("make folder", path)?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o755);
    }
    builder.create(path)
}

/// Makes a folder and what is missing above it; gives what was made, outermost first.
pub(super) fn make_folders(path: &Utf8Path) -> Result<Vec<Utf8PathBuf>, String> {
    let mut missing: Vec<&Utf8Path> = path
        .ancestors()
        .take_while(|above| !above.as_str().is_empty() && fs::symlink_metadata(above).is_err())
        .collect();
    missing.reverse();
    let mut made = Vec::new();
    for folder in missing {
        match make_folder(folder) {
            Ok(()) => made.push(folder.to_owned()),
            // Another process was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                unmake_folders(&made);
                return Err(fault(folder, &error));
            }
        }
    }
    Ok(made)
}

/// Takes back what `make_folders` made, as far as it is empty.
pub(super) fn unmake_folders(made: &[Utf8PathBuf]) {
    for folder in made.iter().rev() {
        let _ = remove_folder(folder);
    }
}

/// Path, reason and what to do.
pub(super) fn fault(path: &Utf8Path, error: &io::Error) -> String {
    let what_to_do = match error.kind() {
        ErrorKind::StorageFull => ": free some space there, then run slgen again",
        ErrorKind::QuotaExceeded => ": free some of your quota there, then run slgen again",
        ErrorKind::FileTooLarge => ": raise the limit on the size of files (ulimit -f)",
        ErrorKind::PermissionDenied => {
            ": give yourself the right to read and write the file and its folder"
        }
        ErrorKind::ReadOnlyFilesystem => ": mount the file system writable, or work on a copy",
        ErrorKind::CrossesDevices => ": all of the folder must be on one file system",
        _ => "",
    };
    format!("{path}: {error}{what_to_do}")
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
fn step(_: &'static str, _: &Utf8Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use faults::step;

/// Faults at a chosen step, for tests.
#[cfg(test)]
pub(super) mod faults {
    use std::cell::{Cell, RefCell};
    use std::io;

    use camino::Utf8Path;

    thread_local! {
        static FAULT: Cell<Fault> = const { Cell::new(Fault::Never) };
        static STEPS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// When the disk fails.
    #[derive(Clone, Copy)]
    pub(in crate::workspace) enum Fault {
        Never,
        /// This step and all after it do nothing: the process is gone.
        DiesAt(usize),
        /// This step fails once.
        FailsAt(usize, io::ErrorKind),
    }

    pub(super) fn step(what: &'static str, path: &Utf8Path) -> io::Result<()> {
        let number = STEPS.with_borrow_mut(|steps| {
            steps.push(format!("{what} {path}"));
            steps.len() - 1
        });
        match FAULT.get() {
            Fault::DiesAt(at) if number >= at => Err(io::Error::other("the process is gone")),
            Fault::FailsAt(at, kind) if number == at => Err(kind.into()),
            _ => Ok(()),
        }
    }

    /// Runs with a fault; gives the result and the steps that were tried.
    pub(in crate::workspace) fn with<T>(fault: Fault, run: impl FnOnce() -> T) -> (T, Vec<String>) {
        STEPS.take();
        FAULT.set(fault);
        let result = run();
        FAULT.set(Fault::Never);
        (result, STEPS.take())
    }
}
