//! `uv.lock`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::exact::is_clear;
use super::package::normal_python;
use super::reading::Reading;
use super::toml::{line, lockfile};
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package};

#[derive(Deserialize)]
struct File {
    version: i64,
    #[serde(default)]
    package: Vec<Entry>,
    #[serde(default)]
    manifest: Manifest,
}

#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Entry {
    name: Spanned<String>,
    version: Option<String>,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    dependencies: Vec<Needed>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Needed>>,
    sdist: Option<Archive>,
    #[serde(default)]
    wheels: Vec<Archive>,
}

#[derive(Deserialize)]
struct Needed {
    name: String,
    version: Option<String>,
}

#[derive(Default, Deserialize)]
struct Source {
    registry: Option<String>,
    git: Option<String>,
    url: Option<String>,
    path: Option<String>,
    directory: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
}

impl Source {
    /// Whether it is the project itself.
    fn is_own(&self) -> bool {
        let paths = [&self.editable, &self.r#virtual, &self.directory];
        paths.into_iter().flatten().any(|path| path == ".")
    }
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
    if file.version != 1 {
        return Reading::unreadable((0, 0), format!("version {} is not known", file.version));
    }
    let mut reading = Reading::default();
    let mut direct = Vec::new();
    for entry in &file.package {
        let source = &entry.source;
        let own = source.is_own()
            || file
                .manifest
                .members
                .iter()
                .any(|m| m == entry.name.get_ref());
        let version = entry.version.as_deref().unwrap_or_default();
        let range = line(text, &entry.name);
        let archives = || entry.sdist.iter().chain(&entry.wheels);
        let hashes = archives().filter_map(|a| Hash::colon(a.hash.as_deref()?));
        let package = Package {
            hashes: hashes.collect(),
            local: own,
            ..Package::new(Ecosystem::Pypi, entry.name.get_ref(), version, range)
        };
        if own {
            let optional = entry.optional_dependencies.values().flatten();
            let all = entry.dependencies.iter().chain(optional);
            direct.extend(all.map(|needed| normal_python(&needed.name)));
        } else {
            judge(&mut reading, &package, source, archives().count());
        }
        let name = package.name.clone();
        let index = reading.add(package, [format!("{name} {version}"), name]);
        // An extra that nobody asks for makes the list longer, never shorter.
        for needed in entry
            .dependencies
            .iter()
            .chain(entry.optional_dependencies.values().flatten())
        {
            let name = normal_python(&needed.name);
            reading.wants(
                index,
                match &needed.version {
                    Some(version) => format!("{name} {version}"),
                    None => name,
                },
            );
        }
    }
    super::declared::stale(&mut reading, declared, normal_python);
    reading.direct(direct.iter().map(String::as_str));
    if file.package.iter().any(|entry| entry.source.is_own()) {
        return reading.finish_for(direct.iter().map(String::as_str));
    }
    reading.finish()
}

fn judge(reading: &mut Reading, package: &Package, source: &Source, archives: usize) {
    let elsewhere = if source.git.is_some() {
        Some("comes from a git repository, not from a registry")
    } else if source.url.is_some() {
        Some("comes from a URL, not from a registry")
    } else if [
        &source.path,
        &source.directory,
        &source.editable,
        &source.r#virtual,
    ]
    .into_iter()
    .any(Option::is_some)
    {
        Some("is a path, no package of a registry")
    } else {
        None
    };
    if let Some(message) = elsewhere {
        reading.about(package, FaultKind::Elsewhere, message);
    } else if package.hashes.is_empty() || package.hashes.len() < archives {
        reading.about(
            package,
            FaultKind::Unhashed,
            "has an archive without a SHA-2 hash",
        );
    }
    if source.registry.as_deref().is_some_and(is_clear) {
        reading.about(package, FaultKind::Source, "is fetched without TLS");
    }
}
