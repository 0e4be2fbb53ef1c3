//! Changes of a manifest's text that leave every other byte as it is: comments, order, quotes,
//! indentation, blank lines, line ends.
//!
//! No step is trusted: the new text is read again and must be, as a value, the old one with the
//! change that was meant. What cannot be changed so is left alone, with the lines to paste.

mod add;
mod expect;
mod layout;
mod place;
mod remove;
mod replace;
mod write;

use std::fmt;

use serde_json::Value as Json;

use crate::manifest::{Node, SourceMap, escape, unescape};
use place::Range;
pub use write::{document, scalar};

/// A text with something added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The new text.
    pub text: String,
    /// JSON pointer of what was added, with the parents that were not there before: what
    /// [`remove`] takes away again.
    pub pointer: String,
}

/// A change that was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The place that stands in the way.
    pub range: Range,
    /// Why.
    pub message: String,
    /// What to add by hand, as block YAML from the top level down; empty for a removal.
    pub paste: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

/// Adds a value at a JSON pointer: a new key of a mapping, or with `-` as its last segment an item at
/// the end of a list (as in RFC 6902). Parents that are not there are added with it.
///
/// # Errors
/// The text cannot be changed there without touching more; it says what to paste.
pub fn add(text: &str, pointer: &str, value: &Json) -> Result<Added, Refused> {
    let segments = segments(pointer);
    let refused = |obstacle: Obstacle| Refused {
        range: obstacle.range,
        message: obstacle.message,
        paste: write::paste(&segments, value),
    };
    let map = read(text).map_err(refused)?;
    let root = root(&map).map_err(refused)?;
    let (new, depth) = add::add(text, root, &segments, value).map_err(refused)?;
    let mut expected = expect::of(root);
    let added = expect::add(&mut expected, &segments, value)
        .filter(|_| expect::holds(&new, &expected))
        .ok_or_else(|| refused(unfaithful(root)))?;
    let kept: String = added[..=depth]
        .iter()
        .map(|segment| format!("/{}", escape(segment)))
        .collect();
    Ok(Added {
        text: new,
        pointer: kept,
    })
}

/// Takes away what stands at a JSON pointer: its lines and nothing else. A block mapping or list that
/// would be left without entries goes with it, since YAML cannot write one.
///
/// # Errors
/// There is nothing, or the text cannot be changed there without touching more.
pub fn remove(text: &str, pointer: &str) -> Result<String, Refused> {
    let refused = |obstacle: Obstacle| Refused {
        range: obstacle.range,
        message: obstacle.message,
        paste: String::new(),
    };
    let map = read(text).map_err(refused)?;
    let root = root(&map).map_err(refused)?;
    let segments = segments(pointer);
    let (new, depth) = remove::remove(text, root, &segments).map_err(refused)?;
    let mut expected = expect::of(root);
    let gone = expect::remove(&mut expected, &segments[..depth]);
    if gone && expect::holds(&new, &expected) {
        Ok(new)
    } else {
        Err(refused(unfaithful(root)))
    }
}

/// Puts a text in the place of the scalar at a JSON pointer; comments and quotes stay.
///
/// # Errors
/// There is no scalar, or the text cannot be changed there without touching more; it says what to paste.
pub fn replace(text: &str, pointer: &str, value: &str) -> Result<String, Refused> {
    let segments = segments(pointer);
    let meant = Json::from(value);
    let refused = |obstacle: Obstacle| Refused {
        range: obstacle.range,
        message: obstacle.message,
        paste: write::paste(&segments, &meant),
    };
    let map = read(text).map_err(refused)?;
    let root = root(&map).map_err(refused)?;
    let new = replace::replace(text, root, &segments, value).map_err(refused)?;
    let mut expected = expect::of(root);
    let said = expect::add(&mut expected, &segments, &meant).is_some();
    if said && expect::holds(&new, &expected) {
        Ok(new)
    } else {
        Err(refused(unfaithful(root)))
    }
}

/// Why a step was not taken.
#[derive(Debug)]
struct Obstacle {
    range: Range,
    message: String,
}

impl Obstacle {
    fn new(range: Range, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
        }
    }
}

fn unfaithful(root: &Node) -> Obstacle {
    let start = root.range.0;
    Obstacle::new(
        (start, start),
        "this text cannot be changed here without changing more than was asked",
    )
}

/// The tree of a text. Anchors, aliases, merge keys, tags and further documents end here.
fn read(text: &str) -> Result<SourceMap, Obstacle> {
    SourceMap::build(text).map_err(|fault| Obstacle::new(fault.range, fault.message))
}

fn root(map: &SourceMap) -> Result<&Node, Obstacle> {
    map.root()
        .ok_or_else(|| Obstacle::new((0, 0), "there is nothing in this file"))
}

fn segments(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(unescape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_cannot_be_removed() {
        for (text, pointer) in [
            ("a: 1\n", "/b"),
            ("a: [1]\n", "/a/1"),
            ("a: 1\n", "/a/b"),
            ("a: 1\n", ""),
            ("a: 1\n", "/a"),
            ("", "/a"),
        ] {
            assert!(remove(text, pointer).is_err(), "{text:?} {pointer}");
        }
    }

    #[test]
    fn what_cannot_be_edited_is_left_with_the_lines_to_paste() {
        for text in [
            "a: &x { k: 1 }\nb: *x\n",
            "a: !!map { k: 1 }\n",
            "a: { k: 1 }\n---\nb: 1\n",
            "<<: { k: 1 }\n",
            "a: text\n",
            "a:\n",
            "",
            "- 1\n",
        ] {
            let refused = add(text, "/a/new", &serde_json::json!({ "x": "yes" })).unwrap_err();
            assert_eq!(refused.paste, "a:\n  new: { x: \"yes\" }\n", "{text:?}");
        }
    }

    #[test]
    fn a_scalar_is_replaced_and_nothing_else() {
        for (before, value, after) in [
            (
                "a: { b: 1.0.0, c: 2 } # x\n",
                "1.1.0",
                "a: { b: 1.1.0, c: 2 } # x\n",
            ),
            (
                "a:\n  b: '1.0.0'   # y\n",
                "2.0.0",
                "a:\n  b: '2.0.0'   # y\n",
            ),
            (
                "{\"a\": {\"b\": \"1.0.0\"}}\n",
                "1.1.0",
                "{\"a\": {\"b\": \"1.1.0\"}}\n",
            ),
            (
                "a: { b: x }\n",
                "git::https://h/r//d",
                "a: { b: \"git::https://h/r//d\" }\n",
            ),
            ("a: { b: 1.0.0 }\n", "1.1", "a: { b: \"1.1\" }\n"),
        ] {
            assert_eq!(replace(before, "/a/b", value).unwrap(), after);
        }
        for (text, pointer) in [
            ("a: { b: 1 }\n", "/a"),
            ("a: 1\n", "/b"),
            ("a: [x]\n", "/a/1"),
        ] {
            assert!(replace(text, pointer, "x").is_err(), "{text} {pointer}");
        }
    }

    #[test]
    fn nothing_is_added_twice() {
        let refused = add("a: { k: 1 }\n", "/a/k", &serde_json::json!(2)).unwrap_err();
        assert_eq!(refused.message, "`k` is there already");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\\n\\t\u{e4}]{0,80}", pointer in "(/[a-c0-2~-]{0,2}){0,3}") {
            let _ = add(&text, &pointer, &serde_json::json!({ "k": ["v"] }));
            let _ = remove(&text, &pointer);
            let _ = replace(&text, &pointer, "1.0.0");
        }

        #[test]
        fn structured_junk_never_panics(
            lines in proptest::collection::vec("( {0,4})(- )?([abc]: ?)?(\\{|\\[|\\}|\\]|[abc],?|\\||# x|'a'|\"b\"|,)?", 0..8),
            pointer in "(/[a-c0-2-]){0,3}",
        ) {
            let text = lines.join("\n");
            if let Ok(added) = add(&text, &pointer, &serde_json::json!({ "k": ["v"] })) {
                proptest::prop_assert!(added.text.len() > text.len());
            }
            let _ = remove(&text, &pointer);
        }
    }
}
