//! `Cargo.lock`.

use serde::Deserialize;
use toml::Spanned;

use super::reading::Reading;
use super::toml::{line, lockfile};
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package};

#[derive(Deserialize)]
struct File {
    /// Unsaid before 3.
    version: Option<i64>,
    #[serde(default)]
    package: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: Spanned<String>,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let file: File = match lockfile(text) {
        Ok(file) => file,
        Err(unreadable) => return unreadable,
    };
    if !matches!(file.version, Some(3 | 4)) {
        let message = "only versions 3 and 4 are read: `cargo generate-lockfile` writes one";
        return Reading::unreadable((0, 0), message);
    }
    let mut reading = Reading::default();
    let mut direct = Vec::new();
    for entry in &file.package {
        let name = entry.name.get_ref();
        // Members of a workspace have no source either; without one, the package itself alone.
        let own = entry.source.is_none()
            && declared
                .is_none_or(|d| d.workspace || d.name.as_ref().is_none_or(|own| own == name));
        let hash = entry
            .checksum
            .as_deref()
            .and_then(|hex| Hash::hex("sha256", hex));
        let package = Package {
            hashes: hash.into_iter().collect(),
            local: own,
            ..Package::new(
                Ecosystem::Cargo,
                name,
                &entry.version,
                line(text, &entry.name),
            )
        };
        match entry.source.as_deref() {
            None if own => direct.extend(entry.dependencies.iter().cloned()),
            None => {
                let message = "is a path, no package of a registry";
                reading.about(&package, FaultKind::Elsewhere, message);
            }
            Some(source) if source.starts_with("git+") => {
                let message = "comes from a git repository, not from a registry";
                reading.about(&package, FaultKind::Elsewhere, message);
            }
            Some(source) => {
                if package.hashes.is_empty() {
                    reading.about(&package, FaultKind::Unhashed, "has no checksum");
                }
                if source.contains("+http://") {
                    reading.about(&package, FaultKind::Source, "is fetched without TLS");
                }
            }
        }
        let keys = [name.clone(), format!("{name} {}", entry.version)];
        let index = reading.add(package, keys);
        for needed in &entry.dependencies {
            reading.wants(index, without_source(needed));
        }
    }
    super::declared::stale(&mut reading, declared, str::to_owned);
    reading.direct(direct.iter().map(|needed| without_source(needed)));
    reading.finish()
}

/// `name version (source)` without its end.
fn without_source(needed: &str) -> &str {
    needed.split_once(" (").map_or(needed, |(key, _)| key)
}
