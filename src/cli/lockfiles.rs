//! Lockfiles of the functions' source folders: found, read and judged.

use camino::{Utf8Path, Utf8PathBuf};

use super::judged::Judged;
use crate::dependencies::{
    Declared, FAMILIES, Family, Fault, FaultKind, Format, Lockfile, NOT_READ, masked,
};
use crate::diagnostic::Diagnostic;
use crate::guardrail::dependency::{Faulty, check};
use crate::inputs::{self, Kind};
use crate::service::Service;

/// Larger files are not read.
const LARGEST: u64 = 16 << 20;

/// A lockfile, or a declaration with something to say about it.
pub(super) struct Found {
    /// Functions that it is of.
    pub(super) functions: Vec<String>,
    /// Path below the manifest's folder.
    pub(super) file: Utf8PathBuf,
    pub(super) text: String,
    pub(super) lockfile: Lockfile,
}

/// What the source folders hold.
#[derive(Default)]
pub(super) struct Lockfiles {
    pub(super) found: Vec<Found>,
    /// Files whose form is not read, with the functions.
    pub(super) unread: Vec<(Utf8PathBuf, Vec<String>)>,
}

impl Lockfiles {
    /// Those of a function.
    pub(super) fn of<'a>(&'a self, function: &'a str) -> impl Iterator<Item = &'a Found> {
        let of = move |found: &&Found| found.functions.iter().any(|name| name == function);
        self.found.iter().filter(of)
    }
}

/// Reads the lockfiles of every function; a folder that several share is read once.
pub(super) fn read(root: &Utf8Path, service: &Service) -> Lockfiles {
    let mut all = Lockfiles::default();
    for (folder, functions) in service.sources() {
        let mut reader = Folder {
            root,
            functions,
            found: Vec::new(),
        };
        let unread = reader.read(folder);
        let Folder {
            found, functions, ..
        } = reader;
        all.unread
            .extend(unread.into_iter().map(|file| (file, functions.clone())));
        all.found.extend(found);
    }
    all
}

/// What the lockfiles have against them.
pub(super) fn judge(root: &Utf8Path, manifest: &Utf8Path, service: &Service) -> Judged {
    let lockfiles = read(root, service);
    let folder = manifest.parent().unwrap_or(Utf8Path::new(""));
    let mut judged = Judged::default();
    let faulty = lockfiles
        .found
        .into_iter()
        .filter(|found| !found.lockfile.faults.is_empty());
    for found in faulty {
        let place = folder.join(&found.file);
        judged.findings.extend(check(&[Faulty {
            functions: &found.functions,
            file: found.file.as_str(),
            place: &place,
            faults: &found.lockfile.faults,
        }]));
        judged.texts.insert(place, masked(&found.text));
    }
    judged
        .advice
        .extend(lockfiles.unread.iter().map(|(file, functions)| {
            let message = format!(
                "{} was not read: whether the dependencies of {} are locked is not known",
                folder.join(file),
                functions.join(", ")
            );
            Diagnostic::warning("SLG-DEPENDENCY-001", message).help(
            "slgen reads the lockfiles of Python, Node, Go, Rust and Java; check this one by hand",
        )
        }));
    judged
}

struct Folder<'a> {
    root: &'a Utf8Path,
    functions: Vec<String>,
    found: Vec<Found>,
}

impl Folder<'_> {
    /// Reads a folder; gives files that declare dependencies in a form that is not read.
    fn read(&mut self, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
        let names = names(&self.root.join(folder));
        let has = |name: &str| is_there(&self.root.join(folder), &names, name);
        // Two families may share a format: the one that declares comes first.
        let (declaring, others): (Vec<&Family>, Vec<&Family>) =
            FAMILIES.iter().partition(|family| has(family.manifest));
        for family in declaring.into_iter().chain(others) {
            let declared = has(family.manifest)
                .then(|| self.declared(folder, family))
                .flatten();
            let locks: Vec<&Format> = family.formats.iter().filter(|f| has(f.file)).collect();
            for format in &locks {
                let file = folder.join(format.file);
                if !self.found.iter().any(|found| found.file == file) {
                    self.lockfile(folder, format, declared.as_ref());
                }
            }
            if let (Some(declared), true) = (declared, locks.is_empty()) {
                self.unlocked(folder, family, &declared);
            }
        }
        if self.found.is_empty() {
            let unread = NOT_READ.iter().filter(|name| has(name));
            return unread.map(|name| folder.join(name)).collect();
        }
        Vec::new()
    }

    fn declared(&mut self, folder: &Utf8Path, family: &Family) -> Option<Declared> {
        let file = folder.join(family.manifest);
        match text(&self.root.join(&file)) {
            Ok(text) => {
                let declared = (family.declared)(&text);
                if !declared.faults.is_empty() {
                    let faults = declared.faults.clone();
                    self.put(
                        file,
                        text,
                        Lockfile {
                            packages: Vec::new(),
                            faults,
                        },
                    );
                }
                Some(declared)
            }
            Err(reason) => {
                self.unreadable(file, reason);
                None
            }
        }
    }

    fn lockfile(&mut self, folder: &Utf8Path, format: &Format, declared: Option<&Declared>) {
        let file = folder.join(format.file);
        match text(&self.root.join(&file)) {
            Ok(text) => {
                let summed = format.sums.map(|sums| Declared {
                    sums: self.nearest(folder, sums),
                    ..declared.cloned().unwrap_or_default()
                });
                let lockfile = (format.read)(&text, summed.as_ref().or(declared));
                self.put(file, text, lockfile);
            }
            Err(reason) => self.unreadable(file, reason),
        }
    }

    /// The text of a file in a folder, or in the nearest above it, up to the manifest's.
    fn nearest(&self, folder: &Utf8Path, file: &str) -> Option<String> {
        let mut folders = folder.ancestors();
        folders.find_map(|folder| text(&self.root.join(folder).join(file)).ok())
    }

    /// Dependencies without a lockfile beside them: one further up may settle them.
    fn unlocked(&mut self, folder: &Utf8Path, family: &Family, declared: &Declared) {
        let Some(first) = declared.dependencies.first() else {
            return;
        };
        for above in folder.ancestors().skip(1) {
            // Of the path's own folders alone: `..` leads to none that is further up.
            let names = names(&self.root.join(above));
            let locks = family
                .formats
                .iter()
                .filter(|f| is_there(&self.root.join(above), &names, f.file));
            let locks: Vec<&Format> = locks.collect();
            if !locks.is_empty() {
                for format in locks {
                    self.lockfile(above, format, None);
                }
                return;
            }
        }
        let file = folder.join(family.manifest);
        let fault = Fault {
            kind: FaultKind::Unlocked,
            subject: first.name.clone(),
            package: first.name.clone(),
            message: format!("is declared and no lockfile settles it: {}", family.hint),
            range: first.range,
        };
        let text = text(&self.root.join(&file)).unwrap_or_default();
        let lockfile = Lockfile {
            packages: Vec::new(),
            faults: vec![fault],
        };
        self.put(file, text, lockfile);
    }

    fn unreadable(&mut self, file: Utf8PathBuf, reason: &str) {
        let fault = Fault {
            kind: FaultKind::Unreadable,
            subject: String::new(),
            package: String::new(),
            message: reason.to_owned(),
            range: (0, 0),
        };
        let lockfile = Lockfile {
            packages: Vec::new(),
            faults: vec![fault],
        };
        self.put(file, String::new(), lockfile);
    }

    fn put(&mut self, file: Utf8PathBuf, text: String, lockfile: Lockfile) {
        self.found.push(Found {
            functions: self.functions.clone(),
            file,
            text,
            lockfile,
        });
    }
}

/// Whether a file is in a folder whose names are known, or below it.
fn is_there(folder: &Utf8Path, names: &[String], file: &str) -> bool {
    match file.split_once('/') {
        None => names.iter().any(|name| name == file),
        Some((first, _)) => {
            let found = || inputs::standing(&folder.join(file)).ok().flatten();
            names.iter().any(|name| name == first) && found().is_some()
        }
    }
}

/// Names in a folder; none of a folder that cannot be read.
fn names(folder: &Utf8Path) -> Vec<String> {
    let folder = if folder.as_str().is_empty() {
        Utf8Path::new(".")
    } else {
        folder
    };
    let entries = inputs::list(folder).unwrap_or_default().entries;
    entries.into_iter().map(|entry| entry.name).collect()
}

/// # Errors
/// Why it is not read.
fn text(path: &Utf8Path) -> Result<String, &'static str> {
    let standing = inputs::standing(path).map_err(|_| "cannot be read")?;
    if standing.is_none_or(|standing| standing.kind != Kind::File) {
        return Err("is no plain file, and links are not followed");
    }
    let bytes = inputs::read(path, LARGEST).map_err(|_| "cannot be read")?;
    let bytes = bytes.ok_or("is larger than 16 MiB")?;
    String::from_utf8(bytes).map_err(|_| "is no UTF-8 text")
}
