//! What a lockfile turns out to say, while it is read.

use std::collections::HashMap;

use super::exact::{is_exact, is_exact_maven};
use super::{Ecosystem, Fault, FaultKind, Lockfile, Package, Range};

/// Collects packages, what they need by key, and faults.
#[derive(Default)]
pub(super) struct Reading {
    lockfile: Lockfile,
    keys: HashMap<String, usize>,
    wants: Vec<(usize, String)>,
}

impl Reading {
    /// A file that is not understood.
    pub(super) fn unreadable(range: Range, message: impl Into<String>) -> Lockfile {
        let mut reading = Self::default();
        reading.about_file(FaultKind::Unreadable, range, message);
        reading.finish()
    }

    /// Adds a package that others name by these keys; a version that is a range is a fault.
    pub(super) fn add(
        &mut self,
        package: Package,
        keys: impl IntoIterator<Item = String>,
    ) -> usize {
        let index = self.lockfile.packages.len();
        let is_one = match package.ecosystem {
            Ecosystem::Maven => is_exact_maven(&package.version),
            _ => is_exact(&package.version),
        };
        if !package.local && !is_one {
            let message = if package.version.is_empty() {
                "has no version".to_owned()
            } else {
                "is a range, no exact version".to_owned()
            };
            self.about(&package, FaultKind::Inexact, message);
        }
        self.lockfile.packages.push(package);
        for key in keys {
            self.keys.entry(key).or_insert(index);
        }
        index
    }

    /// The package at `index` needs the one of this key, if there is one.
    pub(super) fn wants(&mut self, index: usize, key: impl Into<String>) {
        self.wants.push((index, key.into()));
    }

    /// A fault of a package.
    pub(super) fn about(&mut self, package: &Package, kind: FaultKind, message: impl Into<String>) {
        self.lockfile.faults.push(Fault {
            kind,
            subject: shown(&[&package.name, &package.version].map(String::as_str)),
            package: package.name.clone(),
            message: message.into(),
            range: package.range,
        });
    }

    /// A fault of the file as a whole, or of a line that names no package.
    pub(super) fn about_file(&mut self, kind: FaultKind, range: Range, message: impl Into<String>) {
        self.lockfile.faults.push(Fault {
            kind,
            subject: String::new(),
            package: String::new(),
            message: message.into(),
            range,
        });
    }

    /// Marks the packages of these keys as asked for by the project, all others as not.
    pub(super) fn direct<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) {
        for package in &mut self.lockfile.packages {
            package.direct = Some(false);
        }
        for key in keys {
            if let Some(package) = self
                .keys
                .get(key)
                .and_then(|at| self.lockfile.packages.get_mut(*at))
            {
                package.direct = Some(true);
            }
        }
    }

    /// The package of one key needs that of another.
    pub(super) fn wants_by_key(&mut self, of: &str, key: String) {
        if let Some(index) = self.keys.get(of) {
            self.wants.push((*index, key));
        }
    }

    /// Adds a package whose version need not be one: it has a fault already.
    pub(super) fn add_as_it_is(&mut self, package: Package, key: String) {
        self.keys.entry(key).or_insert(self.lockfile.packages.len());
        self.lockfile.packages.push(package);
    }

    /// Whether a package has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// As [`Self::finish`]; what is not reached from these keys only development needs.
    pub(super) fn finish_for<'k>(self, keys: impl IntoIterator<Item = &'k str>) -> Lockfile {
        let keys = keys
            .into_iter()
            .filter_map(|key| self.keys.get(key).copied());
        let mut open: Vec<usize> = keys.collect();
        let mut lockfile = self.finish();
        let mut reached = vec![false; lockfile.packages.len()];
        while let Some(index) = open.pop() {
            if reached.get(index) == Some(&false) {
                reached[index] = true;
                open.extend(&lockfile.packages[index].requires);
            }
        }
        for (package, reached) in lockfile.packages.iter_mut().zip(reached) {
            package.development = !reached && !package.local;
        }
        lockfile
    }

    /// What was read, every need led to its package.
    pub(super) fn finish(mut self) -> Lockfile {
        for (index, key) in self.wants {
            let found = self.keys.get(&key).copied().filter(|found| *found != index);
            if let (Some(found), Some(package)) = (found, self.lockfile.packages.get_mut(index)) {
                package.requires.push(found);
            }
        }
        for package in &mut self.lockfile.packages {
            package.requires.sort_unstable();
            package.requires.dedup();
        }
        self.lockfile
    }
}

/// Parts joined, as they may be shown: short, and nothing that moves a terminal's cursor.
fn shown(parts: &[&str]) -> String {
    let joined = parts.iter().filter(|part| !part.is_empty()).copied();
    let joined = joined.collect::<Vec<_>>().join(" ");
    super::masked(&joined)
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .take(120)
        .collect()
}

/// The trimmed line around a byte.
pub(super) fn line_at(text: &str, byte: usize) -> Range {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
    let end = text[byte..].find('\n').map_or(text.len(), |at| byte + at);
    let line = &text[start..end];
    let indent = line.len() - line.trim_start().len();
    (start + indent, start + line.trim_end().len().max(indent))
}
