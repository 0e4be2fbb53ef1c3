//! What opens and closes nothing (`aws/plain.json`): types, and attributes of types that do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    /// Types; `x_*` for all that begin so.
    types: BTreeSet<String>,
    /// Attributes by type; `*` for every type.
    attributes: BTreeMap<String, BTreeSet<String>>,
    /// Types where a block that holds nothing says something by being there.
    empty_blocks: BTreeSet<String>,
}

static PLAIN: LazyLock<Plain> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/plain.json")).unwrap_or_default());

/// Reads all of it, which is else done when something is first asked.
pub(super) fn read() {
    LazyLock::force(&PLAIN);
}

/// Whether resources of a type open and close nothing.
pub(super) fn kind(kind: &str) -> bool {
    let starts = |pattern: &String| {
        let start = pattern.strip_suffix('*');
        start.is_some_and(|start| kind.starts_with(start))
    };
    PLAIN.types.contains(kind) || PLAIN.types.iter().any(starts)
}

/// Whether a block of this type says something though it holds nothing (`default_action { allow {} }`).
pub(super) fn empty_blocks(kind: &str) -> bool {
    PLAIN.empty_blocks.contains(kind)
}

/// Whether somebody has looked at the attributes of a type.
pub(super) fn knows(kind: &str) -> bool {
    PLAIN.attributes.contains_key(kind)
}

/// Whether an attribute opens and closes nothing.
pub(super) fn attribute(of: &str, path: &str) -> bool {
    let listed = |kind: &str| {
        let attributes = PLAIN.attributes.get(kind);
        attributes.is_some_and(|all| {
            let mut at = path;
            loop {
                if all.contains(at) {
                    return true;
                }
                match at.rsplit_once('.') {
                    Some((above, _)) => at = above,
                    None => return false,
                }
            }
        })
    };
    listed("*") || listed(of) || kind(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::schema;

    #[test]
    fn the_list_names_what_the_provider_has() {
        let plain: Plain = serde_json::from_str(include_str!("aws/plain.json")).unwrap();
        let mut wrong = Vec::new();
        for (kind, attributes) in plain.attributes.iter().filter(|(kind, _)| *kind != "*") {
            let Some(schema) = schema::resource(kind, false) else {
                continue;
            };
            for path in attributes {
                let first = path.split('.').next().unwrap_or(path);
                let block = &schema.block;
                if !block.attributes.contains_key(first) && !block.blocks.contains_key(first) {
                    wrong.push(format!("{kind}.{path}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(kind("random_password") && !kind("aws_sqs_queue"));
        assert!(attribute("aws_sqs_queue", "tags.\"a.b\""));
        assert!(!attribute("aws_sqs_queue", "kms_master_key_id"));
    }
}
