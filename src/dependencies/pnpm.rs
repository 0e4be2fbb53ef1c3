//! `pnpm-lock.yaml`, versions 6 and 9.

use super::exact::{is_clear, leads_elsewhere, named};
use super::node::descriptor;
use super::reading::Reading;
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package, Range, tree};
use crate::manifest::Node;

const GROUPS: [&str; 3] = ["dependencies", "optionalDependencies", "devDependencies"];

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let documents = match tree::documents(text) {
        Ok(documents) => documents,
        Err(unreadable) => return unreadable,
    };
    let mut reading = Reading::default();
    let mut needed = Vec::new();
    let mut direct = Vec::new();
    let mut importers = 0;
    for (start, document) in &documents {
        let Some(root) = document.root() else {
            continue;
        };
        let version = tree::text(root, "lockfileVersion").unwrap_or_default();
        if !["6.", "9."].iter().any(|known| version.starts_with(known)) {
            let message = "only versions 6 and 9 are read: pnpm 8 or later writes one";
            return Reading::unreadable((*start, *start), message);
        }
        let packages = |name: &str| tree::entries(tree::get(root, name));
        for (key, range, entry) in packages("packages") {
            let range = (start + range.0, start + range.1);
            package(&mut reading, key, range, entry);
        }
        // Version 9 has what packages need apart, version 6 in them.
        for (key, _, entry) in packages("packages").chain(packages("snapshots")) {
            for group in &GROUPS[..2] {
                for (name, _, _) in tree::entries(tree::get(entry, group)) {
                    let version = tree::get(entry, group).and_then(|node| tree::text(node, name));
                    reading.wants_by_key(
                        &plain(key),
                        plain(&format!("{name}@{}", version.unwrap_or_default())),
                    );
                }
            }
        }
        // Version 6 leaves the one importer out.
        let own = tree::get(root, "importers").is_none().then_some(root);
        let each = packages("importers").map(|(name, _, node)| (name.as_str(), node));
        for (importer, node) in each.chain(own.map(|node| (".", node))) {
            importers += 1;
            for group in GROUPS {
                for (name, range, entry) in tree::entries(tree::get(node, group)) {
                    let range = (start + range.0, start + range.1);
                    let version = tree::text(entry, "version").unwrap_or_default();
                    let specifier = tree::text(entry, "specifier").unwrap_or_default();
                    if version.starts_with("link:") && !specifier.starts_with("workspace:") {
                        let package = Package::new(Ecosystem::Npm, name, "", range);
                        reading.about(&package, FaultKind::Elsewhere, named("link:"));
                    }
                    let key = plain(&format!("{name}@{version}"));
                    if group != "devDependencies" {
                        needed.push(key.clone());
                    }
                    if importer == "." {
                        direct.push((name.clone(), specifier.to_owned(), key));
                    }
                }
            }
        }
    }
    reading.direct(direct.iter().map(|(_, _, key)| key.as_str()));
    for declaration in declared.iter().flat_map(|declared| &declared.dependencies) {
        let locked = direct.iter().any(|(name, specifier, _)| {
            *name == declaration.name && *specifier == declaration.specifier
        });
        // What a catalog means stands elsewhere.
        if !locked && !declaration.specifier.starts_with("catalog:") {
            super::declared::not_locked(&mut reading, declaration);
        }
    }
    if importers == 0 {
        return reading.finish();
    }
    reading.finish_for(needed.iter().map(String::as_str))
}

/// The key of a package without the peers that it was resolved with.
fn plain(key: &str) -> String {
    let key = key.strip_prefix('/').unwrap_or(key);
    let key = key.split_once('(').map_or(key, |(key, _)| key);
    // An alias: the version names the package.
    match descriptor(key) {
        Some((_, version)) if descriptor(version).is_some_and(|(name, _)| !name.contains(':')) => {
            version.to_owned()
        }
        _ => key.to_owned(),
    }
}

fn package(reading: &mut Reading, key: &str, range: Range, entry: &Node) {
    let own = plain(key);
    let (name, reference) = descriptor(&own).unwrap_or((&own, ""));
    let resolution = tree::get(entry, "resolution");
    let of = |name: &str| resolution.and_then(|node| tree::text(node, name));
    let tarball = of("tarball").unwrap_or_default();
    let version = tree::text(entry, "version").unwrap_or(reference);
    let elsewhere = if of("type") == Some("git") || tree::get(entry, "gitHosted").is_some() {
        Some(named("git+"))
    } else if of("type") == Some("directory") {
        Some(named("file:"))
    } else if leads_elsewhere(reference) {
        Some(named(reference))
    } else {
        None
    };
    let package = Package {
        hashes: of("integrity").map(Hash::integrity).unwrap_or_default(),
        ..Package::new(
            Ecosystem::Npm,
            tree::text(entry, "name").unwrap_or(name),
            version,
            range,
        )
    };
    if let Some(message) = elsewhere {
        reading.about(&package, FaultKind::Elsewhere, message);
    } else if package.hashes.is_empty() {
        reading.about(&package, FaultKind::Unhashed, "has no SHA-2 integrity");
    }
    if is_clear(tarball) {
        reading.about(&package, FaultKind::Source, "is fetched without TLS");
    }
    if elsewhere.is_some() {
        reading.add_as_it_is(package, own);
    } else {
        reading.add(package, [own]);
    }
}
