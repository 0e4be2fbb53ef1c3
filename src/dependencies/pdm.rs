//! `pdm.lock`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::exact::name_of;
use super::package::normal_python;
use super::reading::Reading;
use super::toml::{line, lockfile};
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Entry>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    lock_version: String,
}

#[derive(Deserialize)]
struct Entry {
    name: Spanned<String>,
    #[serde(default)]
    version: String,
    #[serde(default)]
    files: Vec<Archive>,
    groups: Option<Vec<String>>,
    #[serde(default)]
    dependencies: Vec<String>,
    git: Option<IgnoredAny>,
    url: Option<IgnoredAny>,
    path: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Archive {
    hash: Option<String>,
}

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let file: File = match lockfile(text) {
        Ok(file) => file,
        Err(unreadable) => return unreadable,
    };
    if !file.metadata.lock_version.starts_with("4.") {
        return Reading::unreadable(
            (0, 0),
            "its lock_version is not known: PDM 2.8 or later writes 4",
        );
    }
    let mut reading = Reading::default();
    for entry in &file.package {
        let hashes = entry
            .files
            .iter()
            .filter_map(|a| Hash::colon(a.hash.as_deref()?));
        let main = entry
            .groups
            .as_ref()
            .is_none_or(|g| g.iter().any(|g| g == "default"));
        let package = Package {
            hashes: hashes.collect(),
            development: !main,
            ..Package::new(
                Ecosystem::Pypi,
                entry.name.get_ref(),
                &entry.version,
                line(text, &entry.name),
            )
        };
        let elsewhere = if entry.git.is_some() {
            Some("comes from a git repository, not from a registry")
        } else if entry.url.is_some() {
            Some("comes from a URL, not from a registry")
        } else if entry.path.is_some() {
            Some("is a path, no package of a registry")
        } else {
            None
        };
        if let Some(message) = elsewhere {
            reading.about(&package, FaultKind::Elsewhere, message);
        } else if package.hashes.is_empty() || package.hashes.len() < entry.files.len() {
            reading.about(
                &package,
                FaultKind::Unhashed,
                "has an archive without a SHA-2 hash",
            );
        }
        let name = package.name.clone();
        let index = reading.add(package, [name]);
        for needed in &entry.dependencies {
            reading.wants(index, normal_python(name_of(needed)));
        }
    }
    super::declared::stale(&mut reading, declared, normal_python);
    reading.finish()
}
