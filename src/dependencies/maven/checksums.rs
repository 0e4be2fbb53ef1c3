//! `.mvn/checksums/checksums.sha256`: what Maven's resolver compares every artifact with, written by Maven itself.
//!
//! Each line is a checksum, two spaces and the path of an artifact in a repository; `#` begins a comment.

use camino::Utf8Path;
use indexmap::IndexMap;

use super::super::reading::{Reading, line_at};
use super::super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package, Range};
use super::{finish, named};

/// An artifact's files.
struct Files {
    range: Range,
    /// Of its archive, or of its description where it has nothing else.
    hash: Option<Hash>,
    is_archive: bool,
    /// The line of a file without a checksum.
    bare: Option<Range>,
}

pub(in super::super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let mut artifacts: IndexMap<(String, String), Files> = IndexMap::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let range = line_at(text, at);
        at += whole.len();
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (checksum, path) = line
            .split_once(|c: char| c.is_ascii_whitespace())
            .unwrap_or(("", line));
        let Some((name, version, file)) = artifact(path.trim_start().trim_start_matches('*'))
        else {
            return Reading::unreadable(range, "is no line of a checksum and an artifact's path");
        };
        let hash = Hash::hex("sha256", checksum);
        let is_archive = Utf8Path::new(file).extension() != Some("pom");
        let files = artifacts.entry((name, version)).or_insert(Files {
            range,
            hash: None,
            is_archive: false,
            bare: None,
        });
        if hash.is_none() {
            files.bare.get_or_insert(range);
        }
        if files.hash.is_none() || (is_archive && !files.is_archive) {
            files.range = range;
            files.hash = hash;
            files.is_archive = is_archive;
        }
    }
    let mut reading = Reading::default();
    for ((name, version), files) in artifacts {
        let package = Package {
            hashes: files.hash.into_iter().collect(),
            ..Package::new(Ecosystem::Maven, &name, &version, files.range)
        };
        if let Some(range) = files.bare {
            let bare = Package {
                range,
                ..package.clone()
            };
            reading.about(&bare, FaultKind::Unhashed, "has no SHA-256");
        }
        reading.add(package, [name]);
    }
    finish(reading, declared)
}

/// Name, version and file of an artifact by its path, `com/example/lib/1.0/lib-1.0.jar`.
fn artifact(path: &str) -> Option<(String, String, &str)> {
    let mut parts = path.rsplitn(4, '/');
    let (file, version, artifact, group) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let fits = file.strip_prefix(artifact)?.starts_with('-');
    let whole = !group.is_empty() && !version.is_empty();
    (fits && whole).then(|| {
        let name = named(&group.replace('/', "."), artifact);
        (name, version.to_owned(), file)
    })
}
