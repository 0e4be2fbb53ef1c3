//! `poetry.lock`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::exact::is_clear;
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
#[serde(rename_all = "kebab-case")]
struct Metadata {
    lock_version: String,
    /// Where version 1 has the hashes.
    #[serde(default)]
    files: BTreeMap<String, Vec<Archive>>,
}

#[derive(Deserialize)]
struct Entry {
    name: Spanned<String>,
    version: String,
    /// Version 1.
    category: Option<String>,
    /// Version 2.1.
    groups: Option<Vec<String>>,
    #[serde(default)]
    files: Vec<Archive>,
    #[serde(default)]
    #[allow(
        clippy::zero_sized_map_values,
        reason = "a table: only its keys matter"
    )]
    dependencies: BTreeMap<String, IgnoredAny>,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    r#type: String,
    #[serde(default)]
    url: String,
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
    if !["1.", "2."]
        .iter()
        .any(|known| file.metadata.lock_version.starts_with(known))
    {
        return Reading::unreadable((0, 0), "its lock-version is not known");
    }
    let mut reading = Reading::default();
    for entry in &file.package {
        let other = file.metadata.files.get(entry.name.get_ref());
        let archives = || entry.files.iter().chain(other.into_iter().flatten());
        let hashes = archives().filter_map(|a| Hash::colon(a.hash.as_deref()?));
        let main = entry
            .groups
            .as_ref()
            .is_none_or(|g| g.iter().any(|g| g == "main"));
        let package = Package {
            hashes: hashes.collect(),
            development: !main || entry.category.as_deref() == Some("dev"),
            ..Package::new(
                Ecosystem::Pypi,
                entry.name.get_ref(),
                &entry.version,
                line(text, &entry.name),
            )
        };
        let source = entry.source.as_ref();
        let elsewhere = source.and_then(|source| match source.r#type.as_str() {
            "git" => Some("comes from a git repository, not from a registry"),
            "url" => Some("comes from a URL, not from a registry"),
            "directory" | "file" => Some("is a path, no package of a registry"),
            _ => None,
        });
        if let Some(message) = elsewhere {
            reading.about(&package, FaultKind::Elsewhere, message);
        } else if package.hashes.is_empty() || package.hashes.len() < archives().count() {
            reading.about(
                &package,
                FaultKind::Unhashed,
                "has an archive without a SHA-2 hash",
            );
        }
        if source.is_some_and(|source| is_clear(&source.url)) {
            reading.about(&package, FaultKind::Source, "is fetched without TLS");
        }
        let name = package.name.clone();
        let index = reading.add(package, [name]);
        for needed in entry.dependencies.keys() {
            reading.wants(index, normal_python(needed));
        }
    }
    super::declared::stale(&mut reading, declared, normal_python);
    reading.finish()
}
