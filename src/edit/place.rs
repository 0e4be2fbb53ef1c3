//! Where the entries of a collection stand in the text.

use super::Obstacle;
use crate::manifest::{Node, Value};

/// First byte, and one past the last.
pub(super) type Range = (usize, usize);

/// An entry of a collection: a key with its value, or an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// From its key, its dash or its value on, to the last byte of its value.
    pub(super) range: Range,
    /// Its value.
    pub(super) value: &'a Node,
}

/// Whether a collection is in braces or brackets.
pub(super) fn is_flow(text: &str, node: &Node) -> bool {
    // A list of dashes below its key, not indented, begins where its first item does, by the parser.
    let own = match &node.value {
        Value::Scalar(_) => false,
        Value::List(items) => items.first().is_none_or(|i| i.range.0 > node.range.0),
        Value::Map(_) => true,
    };
    own && text[node.range.0..].starts_with(['{', '['])
}

/// Where a collection in braces or brackets closes; the parser's end is the next token's start.
pub(super) fn close(text: &str, node: &Node) -> Option<usize> {
    let last = match &node.value {
        Value::Scalar(_) => return None,
        Value::List(items) => items
            .last()
            .map(|item| end(text, item).unwrap_or(item.range.1)),
        Value::Map(map) => map
            .values()
            .last()
            .map(|(key, value)| end(text, value).unwrap_or(after_colon(text, *key))),
    };
    let mut at = last.unwrap_or(node.range.0 + 1);
    loop {
        let rest = &text[at..];
        let bare = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        at += rest.len() - bare.len();
        match bare.chars().next()? {
            '}' | ']' => return Some(at),
            '#' => at = line_end(text, at),
            _ => return None,
        }
    }
}

/// The entries of a collection, in their order.
pub(super) fn entries<'a>(text: &str, node: &'a Node) -> Result<Vec<Entry<'a>>, Obstacle> {
    let flow = is_flow(text, node);
    match &node.value {
        Value::Scalar(_) => Err(Obstacle::new(node.range, "a single value stands here")),
        Value::Map(map) => Ok(map
            .values()
            .map(|(key, value)| Entry {
                range: (key.0, end(text, value).unwrap_or(after_colon(text, *key))),
                value,
            })
            .collect()),
        Value::List(items) if flow => Ok(items
            .iter()
            .map(|value| Entry {
                range: (value.range.0, end(text, value).unwrap_or(value.range.1)),
                value,
            })
            .collect()),
        Value::List(items) => items
            .iter()
            .map(|value| {
                let before = text[..value.range.0].trim_end();
                match (before.strip_suffix('-'), end(text, value)) {
                    (Some(dash), Some(end)) => Ok(Entry {
                        range: (dash.len(), end),
                        value,
                    }),
                    _ => Err(Obstacle::new(value.range, "an item of its own form")),
                }
            })
            .collect(),
    }
}

/// One past the last byte of a value, which the parser may put at the next one; none when nothing
/// is written.
pub(super) fn end(text: &str, node: &Node) -> Option<usize> {
    if is_flow(text, node) {
        return close(text, node).map(|close| close + 1);
    }
    match &node.value {
        Value::Scalar(_) => {
            let written = text[node.range.0..node.range.1].trim_end();
            (!written.is_empty()).then(|| node.range.0 + written.len())
        }
        Value::List(items) => items
            .last()
            .map(|item| end(text, item).unwrap_or(item.range.0)),
        Value::Map(map) => {
            let (key, value) = map.values().last()?;
            Some(end(text, value).unwrap_or(after_colon(text, *key)))
        }
    }
}

/// The end of a key without value.
fn after_colon(text: &str, key: Range) -> usize {
    let rest = &text[key.1..];
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    if rest[blanks..].starts_with(':') {
        key.1 + blanks + 1
    } else {
        key.1
    }
}

/// First byte of the line that a position is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// One past the line's end, its line break with it.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}

/// Characters before a position on its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

/// Whether nothing or a comment follows on the line.
pub(super) fn line_ends(text: &str, at: usize) -> bool {
    let rest = text[at..line_end(text, at)].trim();
    rest.is_empty() || rest.starts_with('#')
}

/// One past an entry's last line, with the comments below it that are indented deeper than it is.
pub(super) fn block_end(text: &str, entry: Range) -> Result<usize, Obstacle> {
    if !line_ends(text, entry.1) {
        return Err(Obstacle::new(entry, "more than this stands on the line"));
    }
    let column = column(text, entry.0);
    let mut end = line_end(text, entry.1);
    let mut at = end;
    while at < text.len() {
        let next = line_end(text, at);
        let line = &text[at..next];
        let bare = line.trim_start_matches(' ');
        if bare.starts_with('#') && line.len() - bare.len() > column {
            end = next;
        } else if !bare.trim().is_empty() {
            break;
        }
        at = next;
    }
    Ok(end)
}

/// Whether the line before a line's start is blank.
pub(super) fn blank_before(text: &str, line: usize) -> bool {
    line > 0 && {
        let before = line_start(text, line - 1);
        text[before..line].trim().is_empty()
    }
}

/// The start of an entry's lines, with the comments that stand directly above it.
pub(super) fn with_comments(text: &str, entry: Range) -> usize {
    let mut start = line_start(text, entry.0);
    while start > 0 {
        let before = line_start(text, start - 1);
        if !text[before..start].trim_start().starts_with('#') {
            break;
        }
        start = before;
    }
    start
}

/// The comma after a position, when nothing but blanks lies between.
pub(super) fn comma(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let bare = rest.trim_start();
    bare.starts_with(',')
        .then(|| at + (rest.len() - bare.len()))
}
