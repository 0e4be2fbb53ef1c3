//! The same for many services at once.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{Failure, joined};
use crate::diagnostic::{Diagnostic, Severity};
use crate::inputs::{self, Kind};

/// Folders that hold no service of their own.
const ELSEWHERE: [&str; 4] = ["node_modules", "target", "vendor", "venv"];
/// Most folders inside each other.
const DEEPEST: usize = 32;
/// How often progress is told: once for so many services, at least.
const OFTEN: usize = 10;

/// The manifests of this name below some folders, each once, in the order of their paths. Links are not followed,
/// hidden folders and those of dependencies left out.
///
/// # Errors
/// A folder that cannot be read, or no manifest at all.
pub(super) fn manifests(
    directory: &Utf8Path,
    folders: &[Utf8PathBuf],
    name: &str,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    // By the path without links, so that overlapping folders name each service once.
    let mut found = BTreeMap::new();
    for folder in folders {
        let plain = folder
            .components()
            .filter(|part| *part != Utf8Component::CurDir);
        let mut open = vec![(plain.collect::<Utf8PathBuf>(), 0)];
        while let Some((here, depth)) = open.pop() {
            let path = directory.join(&here);
            let listing = match inputs::list(&path) {
                Ok(listing) => listing,
                Err(error) if depth == 0 => {
                    let fault = Diagnostic::error("SLG-USAGE-001", format!("{folder}: {error}"));
                    return Err(fault.help("name folders with services in them").into());
                }
                // A folder that is not ours to read holds no service of ours.
                Err(_) => continue,
            };
            for entry in listing.entries {
                let below = here.join(&entry.name);
                let elsewhere = entry.name.starts_with('.') || ELSEWHERE.contains(&&*entry.name);
                if entry.kind == Kind::File && entry.name == name {
                    let real = inputs::real(&directory.join(&below));
                    found
                        .entry(real.unwrap_or_else(|_| below.clone()))
                        .or_insert(below);
                } else if entry.kind == Kind::Folder && !elsewhere && depth < DEEPEST {
                    open.push((below, depth + 1));
                }
            }
        }
    }
    let mut found: Vec<Utf8PathBuf> = found.into_values().collect();
    found.sort();
    if found.is_empty() {
        let names: Vec<&str> = folders.iter().map(|folder| folder.as_str()).collect();
        let message = format!("there is no {name} below {}", names.join(", "));
        return Err(Diagnostic::error("SLG-USAGE-001", message).into());
    }
    Ok(found)
}

/// Does the same with each, on as many threads as there are cores, and keeps the order. Progress is told where a
/// terminal shows it.
pub(super) fn each<T: Sync, R: Send>(
    items: &[T],
    quiet: bool,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let shows = !quiet && std::io::stderr().is_terminal();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results = Mutex::new(BTreeMap::new());
    let run = || {
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            let result = work(item);
            let mut results = results
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            results.insert(index, result);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if shows && (done % OFTEN == 0 || done == items.len()) {
                let _ = write!(
                    std::io::stderr().lock(),
                    "\r{done} of {} services",
                    items.len()
                );
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..cores.min(items.len()))
            .map(|_| scope.spawn(run))
            .collect();
        run();
        threads.into_iter().for_each(joined);
    });
    if shows {
        let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
    }
    let results = results.into_inner();
    let results = results.unwrap_or_else(std::sync::PoisonError::into_inner);
    results.into_values().collect()
}

/// Why something failed, and what would be right, on one line.
pub(super) fn reason(failure: &Failure) -> String {
    let faults = &failure.diagnostics;
    let error = faults
        .iter()
        .find(|fault| fault.severity == Severity::Error);
    let Some(fault) = error.or(faults.first()) else {
        return String::new();
    };
    let place = fault.span.as_ref().and_then(|span| {
        let text = failure.sources.0.get(&span.file)?;
        let (line, _) = crate::diagnostic::position(text, span.start);
        Some(format!("{}:{line}: ", span.file))
    });
    let mut told = format!(
        "{}{}: {}",
        place.unwrap_or_default(),
        fault.code,
        fault.message
    );
    if let Some(help) = &fault.help {
        told.push_str(&format!("; {help}"));
    }
    if faults.len() > 1 {
        told.push_str(&format!(" (and {} more)", faults.len() - 1));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order() {
        let items: Vec<usize> = (0..200).collect();
        assert_eq!(
            each(&items, true, |n| n * 2),
            (0..200).map(|n| n * 2).collect::<Vec<_>>()
        );
        assert_eq!(each(&[] as &[usize], true, |n| *n), [] as [usize; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn manifests_are_found_once_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for below in ["a", "b/c", ".git/x", "b/node_modules/y"] {
            std::fs::create_dir_all(root.join(below)).unwrap();
            std::fs::write(root.join(below).join("slgen.yaml"), "").unwrap();
        }
        std::os::unix::fs::symlink("..", root.join("b/loop")).unwrap();
        let found = manifests(root, &[".".into(), "b".into()], "slgen.yaml")
            .map_err(|_| ())
            .unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(manifests(root, &["nope".into()], "slgen.yaml").is_err());
        assert!(manifests(root, &["a".into()], "other.yaml").is_err());
    }
}
