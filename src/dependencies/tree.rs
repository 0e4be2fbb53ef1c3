//! YAML lockfiles as trees with places.

use indexmap::IndexMap;

use super::reading::{Reading, line_at};
use super::{Lockfile, Range};
use crate::manifest::{Node, SourceMap, Value};

/// The documents of a text, each with the byte that it begins at.
///
/// # Errors
/// A lockfile whose one fault it is.
pub(super) fn documents(text: &str) -> Result<Vec<(usize, SourceMap)>, Lockfile> {
    let mut documents = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let body = rest.strip_prefix("---\n").map_or(0, |_| 4);
        let end = rest[body..]
            .find("\n---\n")
            .map_or(rest.len(), |at| body + at + 1);
        let document = SourceMap::build(&rest[body..end]).map_err(|fault| {
            let range = line_at(text, start + body + fault.range.0);
            Reading::unreadable(range, format!("it is not understood: {}", fault.message))
        })?;
        documents.push((start + body, document));
        start += end;
    }
    Ok(documents)
}

/// The value of a key.
pub(super) fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Map(map) => map.get(key).map(|(_, node)| node),
        _ => None,
    }
}

/// The text of a key's value.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    match &get(node, key)?.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

/// The entries of a mapping; none of what is no mapping.
pub(super) fn entries(node: Option<&Node>) -> impl Iterator<Item = (&String, Range, &Node)> {
    let map: Option<&IndexMap<String, (Range, Node)>> = match node.map(|node| &node.value) {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    };
    map.into_iter()
        .flatten()
        .map(|(key, (range, node))| (key, *range, node))
}
