//! Replacing a scalar.

use super::Obstacle;
use super::write::scalar;
use crate::manifest::{Kind, Node, Scalar, Value};

/// The new text: the scalar at a path says something else, in the quotes that it had.
pub(super) fn replace(
    text: &str,
    root: &Node,
    segments: &[String],
    value: &str,
) -> Result<String, Obstacle> {
    let mut node = root;
    for segment in segments {
        let child = match &node.value {
            Value::Scalar(_) => None,
            Value::Map(map) => map.get(segment).map(|(_, child)| child),
            Value::List(items) => segment.parse::<usize>().ok().and_then(|i| items.get(i)),
        };
        node =
            child.ok_or_else(|| Obstacle::new(node.range, format!("there is no `{segment}`")))?;
    }
    let Value::Scalar(old) = &node.value else {
        return Err(Obstacle::new(node.range, "this is no single value"));
    };
    let (start, end) = node.range;
    let before = text.get(start..end).unwrap_or_default();
    // What stands behind a quoted scalar on its line belongs to the range.
    let before = before.get(..length(before)).unwrap_or_default();
    let (end, written) = (start + before.len(), written(before, old, value));
    Ok(format!("{}{written}{}", &text[..start], &text[end..]))
}

/// Bytes of the scalar that a text begins with.
fn length(text: &str) -> usize {
    let mut rest = text.char_indices().skip(1).peekable();
    match text.chars().next() {
        Some('"') => {
            while let Some((at, c)) = rest.next() {
                match c {
                    '\\' => _ = rest.next(),
                    '"' => return at + 1,
                    _ => {}
                }
            }
            text.len()
        }
        Some('\'') => {
            while let Some((at, c)) = rest.next() {
                // Two are one that is meant.
                if c == '\'' && rest.next_if(|(_, next)| *next == '\'').is_none() {
                    return at + 1;
                }
            }
            text.len()
        }
        _ => text.trim_end().len(),
    }
}

fn written(before: &str, old: &Scalar, value: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let plain = Scalar {
        text: value.to_owned(),
        plain: true,
    };
    let simple = !value.is_empty() && value.chars().all(word);
    if simple && old.plain && plain.kind() == Kind::Text {
        value.to_owned()
    } else if simple && before.starts_with('\'') {
        format!("'{value}'")
    } else if old.plain {
        scalar(value)
    } else {
        // JSON's strings are YAML's, and keep the quotes of manifests that are JSON.
        serde_json::Value::from(value).to_string()
    }
}
