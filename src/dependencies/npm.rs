//! `package-lock.json`, versions 2 and 3.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::exact::{is_clear, leads_elsewhere, named};
use super::reading::{Reading, line_at};
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    lockfile_version: i64,
    #[serde(borrow, default)]
    packages: IndexMap<String, &'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<Value>,
    integrity: Option<String>,
    license: Option<Value>,
    dev: bool,
    link: bool,
    in_bundle: bool,
    dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
}

impl Entry {
    fn wanted(&self) -> impl Iterator<Item = (&String, &String)> {
        self.dependencies.iter().chain(&self.optional_dependencies)
    }

    fn resolved(&self) -> &str {
        self.resolved
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let faulty = |error: &serde_json::Error| {
        let before = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1));
        let start = before.map(str::len).sum();
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Reading::unreadable(
            line_at(text, start),
            format!("it is not understood: {message}"),
        )
    };
    let file: File<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return faulty(&error),
    };
    if !matches!(file.lockfile_version, 2 | 3) {
        let message = "only versions 2 and 3 are read: npm 7 or later writes one";
        return Reading::unreadable((0, 0), message);
    }
    let mut entries: IndexMap<&str, (Entry, usize)> = IndexMap::with_capacity(file.packages.len());
    for (key, raw) in &file.packages {
        let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
        match serde_json::from_str(raw.get()) {
            Ok(entry) => entries.insert(key, (entry, start)),
            Err(error) => {
                let message = format!("it is not understood: {error}");
                return Reading::unreadable(line_at(text, start), message);
            }
        };
    }
    let mut reading = Reading::default();
    let elsewhere = elsewhere(&entries);
    for (key, (entry, start)) in &entries {
        let (Some(name), false) = (name(key, entry), entry.link) else {
            continue;
        };
        let version = entry.version.as_deref().unwrap_or_default();
        let package = Package {
            hashes: entry
                .integrity
                .as_deref()
                .map(Hash::integrity)
                .unwrap_or_default(),
            licence: entry
                .license
                .as_ref()
                .and_then(Value::as_str)
                .map(str::to_owned),
            development: entry.dev,
            local: !key.contains("node_modules/"),
            ..Package::new(Ecosystem::Npm, name, version, line_at(text, *start))
        };
        judge(&mut reading, &package, entry, elsewhere.get(*key).copied());
        let index = reading.add(package, [(*key).to_owned()]);
        for (needed, _) in entry.wanted() {
            if let Some(found) = resolve(&entries, key, needed) {
                reading.wants(index, found);
            }
        }
    }
    let root = entries.get("").map(|(entry, _)| entry);
    let direct = root.into_iter().flat_map(|root| {
        let all = root.wanted().chain(&root.dev_dependencies);
        all.filter_map(|(name, _)| resolve(&entries, "", name))
    });
    reading.direct(direct.collect::<Vec<_>>().iter().map(String::as_str));
    if let (Some(root), Some(declared)) = (root, declared) {
        stale(&mut reading, root, declared);
    }
    reading.finish()
}

/// Name of a package; none for the root.
fn name<'a>(key: &'a str, entry: &'a Entry) -> Option<&'a str> {
    if key.is_empty() {
        return None;
    }
    let folder = key.rsplit_once("node_modules/").map(|(_, name)| name);
    Some(entry.name.as_deref().or(folder).unwrap_or(key))
}

/// What is wrong with where an entry comes from, by its key: whoever asks for it says.
fn elsewhere(entries: &IndexMap<&str, (Entry, usize)>) -> HashMap<String, &'static str> {
    let mut found = HashMap::new();
    for (key, (entry, _)) in entries {
        for (name, specifier) in entry.wanted().chain(&entry.dev_dependencies) {
            if leads_elsewhere(specifier)
                && let Some(target) = resolve(entries, key, name)
            {
                found.insert(target, named(specifier));
            }
        }
    }
    found
}

fn judge(reading: &mut Reading, package: &Package, entry: &Entry, elsewhere: Option<&'static str>) {
    let resolved = entry.resolved();
    if let Some(message) = elsewhere {
        reading.about(package, FaultKind::Elsewhere, message);
    } else if package.local {
        // A workspace: its code is the project's.
    } else if resolved.starts_with("git") || resolved.starts_with("file:") {
        reading.about(package, FaultKind::Elsewhere, named(resolved));
    } else if package.hashes.is_empty() && !entry.in_bundle {
        reading.about(package, FaultKind::Unhashed, "has no SHA-2 integrity");
    }
    if is_clear(resolved) {
        reading.about(package, FaultKind::Source, "is fetched without TLS");
    }
}

/// Key of the package that `name` means to the one at `from`: the nearest, as Node looks it up. A link
/// leads to what it links.
fn resolve(entries: &IndexMap<&str, (Entry, usize)>, from: &str, name: &str) -> Option<String> {
    let mut folder = from;
    loop {
        let slash = if folder.is_empty() { "" } else { "/" };
        let key = format!("{folder}{slash}node_modules/{name}");
        if let Some((entry, _)) = entries.get(key.as_str()) {
            return Some(if entry.link {
                entry.resolved().to_owned()
            } else {
                key
            });
        }
        if folder.is_empty() {
            return None;
        }
        folder = match folder.rfind("node_modules/") {
            Some(at) => folder[..at].trim_end_matches('/'),
            None => "",
        };
    }
}

fn stale(reading: &mut Reading, root: &Entry, declared: &Declared) {
    for declaration in &declared.dependencies {
        let of = if declaration.development {
            &root.dev_dependencies
        } else {
            &root.dependencies
        };
        let locked = of
            .get(&declaration.name)
            .or_else(|| root.optional_dependencies.get(&declaration.name));
        if locked != Some(&declaration.specifier) {
            super::declared::not_locked(reading, declaration);
        }
    }
}
