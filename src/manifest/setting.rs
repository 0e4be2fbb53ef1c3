//! Settings of a manifest by their path, for those who hold them to something.

use camino::Utf8Path;

use super::schema::{Schema, Want};
use super::{SourceMap, structure};
use crate::diagnostic::{Diagnostic, Span};

/// The schema of the value at a path of the manifest, `*` for any name; `None` when a manifest has no such setting, or
/// it is one that only the service can know: sources, triggers, access.
pub(crate) fn setting_schema<'p>(
    path: impl Iterator<Item = &'p str>,
) -> Option<&'static serde_json::Value> {
    const SECTIONS: [&str; 11] = [
        "api",
        "ci",
        "environments",
        "functions",
        "logs",
        "owner",
        "resources",
        "review",
        "state",
        "tags",
        "vulnerabilities",
    ];
    const OWN: [&str; 9] = [
        "access",
        "blueprint",
        "env",
        "secrets",
        "source",
        "triggers",
        "set",
        "databases",
        "kms_keys",
    ];
    let root = Schema(super::schema());
    let mut here = super::schema();
    for (depth, segment) in path.enumerate() {
        if (depth == 0 && !SECTIONS.contains(&segment)) || (depth == 2 && OWN.contains(&segment)) {
            return None;
        }
        let next = root
            .branches(here)
            .into_iter()
            .find_map(|branch| match Schema::want(branch) {
                Want::Struct(properties) => properties.get(segment),
                Want::Dictionary(of) => Some(of),
                _ => None,
            });
        here = next?;
    }
    let whole = root.branches(here).into_iter().any(|branch| {
        let want = Schema::want(branch);
        matches!(want, Want::Struct(_) | Want::Dictionary(_) | Want::Anything)
    });
    // `api.auth` is a word or a mapping, and one value all the same.
    (!whole || root.is_choice(here)).then_some(here)
}

/// The keys that a trigger may have, its kind among them.
pub(crate) fn trigger_keys() -> Vec<&'static str> {
    let keys = super::schema().pointer("/$defs/Trigger/properties");
    let keys = keys.and_then(serde_json::Value::as_object);
    keys.into_iter()
        .flat_map(|map| map.keys().map(String::as_str))
        .collect()
}

/// Reads a value of another text as the manifest's schema has it.
///
/// # Errors
/// Every fault, each with its place.
pub(crate) fn read_setting(
    file: &Utf8Path,
    map: &SourceMap,
    pointer: &str,
    schema: &serde_json::Value,
) -> Result<serde_json::Value, Vec<Diagnostic>> {
    let Some(node) = map.node(pointer) else {
        return Ok(serde_json::Value::Null);
    };
    let read = structure::read_part(super::schema(), schema, node);
    if read.faults.is_empty() {
        return Ok(read.value);
    }
    let faults = read.faults.into_iter().map(|fault| {
        let span = Span {
            file: file.to_owned(),
            start: fault.range.0,
            end: fault.range.1,
        };
        Diagnostic::error(fault.code, fault.message)
            .at(Some(span))
            .help(fault.help)
    });
    Err(faults.collect())
}
