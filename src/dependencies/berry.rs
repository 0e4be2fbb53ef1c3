//! `yarn.lock` of Yarn 2 and later.

use super::exact::named;
use super::node::{descriptor, finish};
use super::reading::Reading;
use super::{Declared, Ecosystem, FaultKind, Lockfile, Package, tree};
use crate::manifest::Node;

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let documents = match tree::documents(text) {
        Ok(documents) => documents,
        Err(unreadable) => return unreadable,
    };
    let mut reading = Reading::default();
    for (start, document) in &documents {
        for (key, range, entry) in tree::entries(document.root()) {
            if key == "__metadata" {
                continue;
            }
            let range = (start + range.0, start + range.1);
            let resolution = tree::text(entry, "resolution").and_then(descriptor);
            let Some((name, reference)) = resolution else {
                return Reading::unreadable(range, "has no resolution");
            };
            let version = tree::text(entry, "version").unwrap_or_default();
            // The checksum is of Yarn's own archive, not of the registry's.
            let package = Package {
                local: reference.starts_with("workspace:"),
                ..Package::new(Ecosystem::Npm, name, version, range)
            };
            judge(&mut reading, &package, reference, entry);
            let keys = key.split(", ").map(str::to_owned);
            let index = reading.add(package, keys.collect::<Vec<_>>());
            for (needed, _, _) in tree::entries(tree::get(entry, "dependencies")) {
                let wanted =
                    tree::get(entry, "dependencies").and_then(|node| tree::text(node, needed));
                for key in keys_of(needed, wanted.unwrap_or_default()) {
                    reading.wants(index, key);
                }
            }
        }
    }
    finish(reading, declared, keys_of)
}

/// Keys under which a need may stand: the protocol of registries may be left out.
fn keys_of(name: &str, specifier: &str) -> Vec<String> {
    vec![
        format!("{name}@{specifier}"),
        format!("{name}@npm:{specifier}"),
    ]
}

fn judge(reading: &mut Reading, package: &Package, reference: &str, entry: &Node) {
    if package.local || reference.starts_with("patch:") {
        // The project's own code, and its own changes to what has an entry of its own.
    } else if !reference.starts_with("npm:") {
        reading.about(package, FaultKind::Elsewhere, named(reference));
    } else if !tree::text(entry, "checksum").is_some_and(is_checksum) && is_installed(entry) {
        reading.about(package, FaultKind::Unhashed, "has no checksum");
    }
}

/// `10c0/` and a SHA-512.
fn is_checksum(text: &str) -> bool {
    let hex = text.rsplit_once('/').map_or(text, |(_, hex)| hex);
    hex.len() == 128 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether it may be installed in a function: Yarn has no checksum of what is for another system than the one
/// that wrote the file.
fn is_installed(entry: &Node) -> bool {
    tree::text(entry, "conditions")
        .is_none_or(|conditions| !conditions.contains("os=") || conditions.contains("os=linux"))
}
