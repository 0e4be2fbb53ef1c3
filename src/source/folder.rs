//! The files of a source folder that are read.

use camino::{Utf8Path, Utf8PathBuf};

use super::language::Syntax;
use crate::inputs::{self, Kind};

/// Largest file that is read.
const LARGEST_FILE: u64 = 1 << 20;
/// Most files of a folder, and deepest folder in it.
const MOST_FILES: usize = 1000;
const DEEPEST: usize = 8;

/// Folders of what others wrote, what is built, and tests.
const NOT_OURS: [&str; 14] = [
    "__pycache__",
    "__tests__",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "spec",
    "target",
    "test",
    "testdata",
    "tests",
    "vendor",
    "venv",
    "env",
];

/// A file of a language that is read.
pub(super) struct File {
    /// Relative to the folder of the manifest.
    pub(super) path: Utf8PathBuf,
    pub(super) syntax: Syntax,
    pub(super) text: String,
}

/// A file or folder that is not read, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Relative to the folder of the manifest.
    pub path: Utf8PathBuf,
    /// Why.
    pub reason: String,
}

/// Reads the files below a folder in the order of their names. Links are not followed.
pub(super) fn read(root: &Utf8Path, folder: &Utf8Path, every: bool) -> (Vec<File>, Vec<Unread>) {
    let mut found = (Vec::new(), Vec::new());
    let real = |path: &Utf8Path| inputs::real(path).ok();
    let inside = match (real(root), real(&root.join(folder))) {
        (Some(root), Some(folder)) => folder.starts_with(root),
        _ => false,
    };
    if inside {
        descend(root, folder, 0, every, &mut found);
    } else {
        unread(&mut found.1, folder, "it leads out of the project");
    }
    found
}

fn unread(list: &mut Vec<Unread>, path: &Utf8Path, reason: &str) {
    list.push(Unread {
        path: path.to_owned(),
        reason: reason.to_owned(),
    });
}

fn descend(
    root: &Utf8Path,
    folder: &Utf8Path,
    depth: usize,
    every: bool,
    found: &mut (Vec<File>, Vec<Unread>),
) {
    if depth > DEEPEST {
        unread(&mut found.1, folder, "it is nested too deeply");
        return;
    }
    let Ok(listing) = inputs::list(&root.join(folder)) else {
        unread(&mut found.1, folder, "it cannot be read");
        return;
    };
    for entry in listing.entries {
        let name = entry.name.as_str();
        let path = folder.join(name);
        if entry.kind == Kind::Folder {
            if !name.starts_with('.') && (every || !NOT_OURS.contains(&name)) {
                descend(root, &path, depth + 1, every, found);
            }
        } else if let Some(syntax) = path.extension().and_then(Syntax::of) {
            if is_test(name) && !every {
                continue;
            }
            if found.0.len() >= MOST_FILES {
                unread(
                    &mut found.1,
                    folder,
                    &format!("more than {MOST_FILES} files"),
                );
                return;
            }
            match text(&root.join(&path), entry.kind) {
                Ok(text) => found.0.push(File { path, syntax, text }),
                Err(reason) => unread(&mut found.1, &path, reason),
            }
        }
    }
}

fn text(path: &Utf8Path, kind: Kind) -> Result<String, &'static str> {
    // A link is none either.
    if kind != Kind::File {
        return Err("it is no plain file");
    }
    let read = inputs::read(path, LARGEST_FILE).map_err(|_| "it cannot be read")?;
    let bytes = read.ok_or("it is larger than 1 MiB")?;
    let text = String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text")?;
    if text.contains('\0') {
        return Err("it is no text");
    }
    Ok(text)
}

/// Tests by the name of the file, and what a minifier wrote.
fn is_test(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.starts_with("test_")
        || stem == "conftest"
        || ["_test", ".test", ".spec", ".min", ".d"]
            .iter()
            .any(|end| stem.ends_with(end))
}
