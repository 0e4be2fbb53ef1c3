//! What a text says, as a value, and what it should say after a change.

use serde_json::{Map, Value as Json};

use crate::manifest::{Kind, Node, Scalar, SourceMap, Value};

/// A tree without its places. Scalars keep what they are read as beside their text, so `"1"` and `1`
/// differ; mappings become lists of pairs, so their order counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    Scalar(Kind, String),
    List(Vec<Meaning>),
    Map(Vec<(String, Meaning)>),
}

/// What a tree means.
pub(super) fn of(node: &Node) -> Meaning {
    match &node.value {
        Value::Scalar(scalar) => Meaning::Scalar(scalar.kind(), scalar.text.clone()),
        Value::List(items) => Meaning::List(items.iter().map(of).collect()),
        Value::Map(map) => Meaning::Map(
            map.iter()
                .map(|(key, (_, node))| (key.clone(), of(node)))
                .collect(),
        ),
    }
}

/// What a value means that is to be written.
fn meant(value: &Json) -> Meaning {
    let plain = |text: String| {
        let scalar = Scalar { text, plain: true };
        Meaning::Scalar(scalar.kind(), scalar.text)
    };
    match value {
        Json::String(text) => Meaning::Scalar(Kind::Text, text.clone()),
        Json::Array(items) => Meaning::List(items.iter().map(meant).collect()),
        Json::Object(map) => Meaning::Map(pairs(map)),
        other => plain(other.to_string()),
    }
}

fn pairs(map: &Map<String, Json>) -> Vec<(String, Meaning)> {
    map.iter()
        .map(|(key, value)| (key.clone(), meant(value)))
        .collect()
}

/// Adds a value; gives the path that it has then, `-` replaced by the item's index.
pub(super) fn add(to: &mut Meaning, segments: &[String], value: &Json) -> Option<Vec<String>> {
    let Some((segment, rest)) = segments.split_first() else {
        *to = meant(value);
        return Some(Vec::new());
    };
    let (name, child) = match to {
        Meaning::Scalar(..) => return None,
        Meaning::List(items) => {
            if segment == "-" {
                items.push(empty(rest));
            }
            let index = match segment.as_str() {
                "-" => items.len() - 1,
                index => index.parse().ok()?,
            };
            (index.to_string(), items.get_mut(index)?)
        }
        Meaning::Map(entries) => {
            let at = entries.iter().position(|(key, _)| key == segment);
            let at = at.unwrap_or_else(|| {
                entries.push((segment.clone(), empty(rest)));
                entries.len() - 1
            });
            (segment.clone(), &mut entries.get_mut(at)?.1)
        }
    };
    let mut path = add(child, rest, value)?;
    path.insert(0, name);
    Some(path)
}

/// The collection that the rest of a path leads into.
fn empty(rest: &[String]) -> Meaning {
    match rest.first() {
        Some(segment) if segment == "-" => Meaning::List(Vec::new()),
        _ => Meaning::Map(Vec::new()),
    }
}

/// Whether there was something to remove.
pub(super) fn remove(from: &mut Meaning, segments: &[String]) -> bool {
    let Some((segment, rest)) = segments.split_first() else {
        return false;
    };
    match from {
        Meaning::Scalar(..) => false,
        Meaning::List(items) => {
            let Some(index) = segment.parse().ok().filter(|i| *i < items.len()) else {
                return false;
            };
            if rest.is_empty() {
                items.remove(index);
                return true;
            }
            remove(&mut items[index], rest)
        }
        Meaning::Map(entries) => {
            let Some(at) = entries.iter().position(|(key, _)| key == segment) else {
                return false;
            };
            if rest.is_empty() {
                entries.remove(at);
                return true;
            }
            remove(&mut entries[at].1, rest)
        }
    }
}

/// Whether a text means this.
pub(super) fn holds(text: &str, expected: &Meaning) -> bool {
    SourceMap::build(text).is_ok_and(|map| map.root().map(of).as_ref() == Some(expected))
}
