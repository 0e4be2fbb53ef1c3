//! `yarn.lock` of Yarn 1; that of later versions is told apart and read as what it is.

use super::exact::{is_clear, leads_elsewhere, named};
use super::node::{descriptor, finish};
use super::reading::Reading;
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package, Range};

/// An entry: who asks for it, and what it is.
#[derive(Default)]
struct Entry {
    descriptors: Vec<String>,
    range: Range,
    version: String,
    resolved: String,
    integrity: String,
    needed: Vec<String>,
}

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    if text.lines().any(|line| line.trim_end() == "__metadata:") {
        return super::berry::read(text, declared);
    }
    let entries = match parse(text) {
        Ok(entries) => entries,
        Err(range) => return Reading::unreadable(range, "it is not understood"),
    };
    let mut reading = Reading::default();
    for entry in entries {
        let Some((name, _)) = entry.descriptors.first().and_then(|d| descriptor(d)) else {
            return Reading::unreadable(entry.range, "names no package and version");
        };
        let other = entry.descriptors.iter().filter_map(|d| descriptor(d));
        let other = other
            .map(|(_, specifier)| specifier)
            .find(|s| leads_elsewhere(s));
        let package = Package {
            hashes: Hash::integrity(&entry.integrity),
            ..Package::new(Ecosystem::Npm, name, &entry.version, entry.range)
        };
        if let Some(other) = other {
            reading.about(&package, FaultKind::Elsewhere, named(other));
        } else if package.hashes.is_empty() {
            reading.about(&package, FaultKind::Unhashed, "has no SHA-2 integrity");
        }
        if is_clear(&entry.resolved) {
            reading.about(&package, FaultKind::Source, "is fetched without TLS");
        }
        let index = reading.add(package, entry.descriptors);
        for needed in entry.needed {
            reading.wants(index, needed);
        }
    }
    finish(reading, declared, |name, specifier| {
        vec![format!("{name}@{specifier}")]
    })
}

/// # Errors
/// The line that is not understood.
fn parse(text: &str) -> Result<Vec<Entry>, Range> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut in_needed = false;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let range = (at + line.len() - line.trim_start().len(), at + line.len());
        at += whole.len();
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match line.len() - content.len() {
            0 => {
                let descriptors = content.strip_suffix(':').ok_or(range)?;
                let descriptors = descriptors.split(", ").map(|d| unquoted(d).to_owned());
                entries.push(Entry {
                    descriptors: descriptors.collect(),
                    range,
                    ..Entry::default()
                });
                in_needed = false;
            }
            2 => {
                let entry = entries.last_mut().ok_or(range)?;
                in_needed = false;
                match content.split_once(' ') {
                    Some(("version", value)) => unquoted(value).clone_into(&mut entry.version),
                    Some(("resolved", value)) => unquoted(value).clone_into(&mut entry.resolved),
                    Some(("integrity", value)) => unquoted(value).clone_into(&mut entry.integrity),
                    Some(_) => {}
                    None => {
                        in_needed = matches!(content, "dependencies:" | "optionalDependencies:");
                    }
                }
            }
            _ => {
                let entry = entries.last_mut().ok_or(range)?;
                if in_needed {
                    let (name, specifier) = content.split_once(' ').ok_or(range)?;
                    let key = format!("{}@{}", unquoted(name), unquoted(specifier));
                    entry.needed.push(key);
                }
            }
        }
    }
    Ok(entries)
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .unwrap_or(text)
}
