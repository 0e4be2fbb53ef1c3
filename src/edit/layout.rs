//! How a manifest is laid out, so that what is added looks like what is there.

use super::place::{column, is_flow};
use crate::manifest::{Node, Value};

/// How what is new is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Spaces a level.
    pub(super) step: usize,
    /// Whether lists are indented below their key.
    pub(super) lists_indented: bool,
    /// Whether braces have a space inside.
    pub(super) padded: bool,
    /// Whether every key and text is in double quotes, as in JSON.
    pub(super) json: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            step: 2,
            lists_indented: true,
            padded: true,
            json: false,
        }
    }
}

impl Layout {
    /// The layout of a text, by the first example of each habit.
    pub(super) fn of(text: &str, root: &Node) -> Self {
        let mut seen = Seen::default();
        seen.visit(text, root);
        let usual = Self::default();
        Self {
            step: seen.step.unwrap_or(usual.step),
            lists_indented: seen.lists_indented.unwrap_or(usual.lists_indented),
            padded: seen.padded.unwrap_or(usual.padded),
            json: is_json(text, root),
        }
    }
}

/// The line break before a position, else the text's first.
pub(super) fn newline(text: &str, at: usize) -> &'static str {
    let last = text[..at].rfind('\n').or_else(|| text.find('\n'));
    if last.is_some_and(|newline| text[..newline].ends_with('\r')) {
        "\r\n"
    } else {
        "\n"
    }
}

/// A mapping in braces whose keys are all in double quotes.
fn is_json(text: &str, root: &Node) -> bool {
    let Value::Map(map) = &root.value else {
        return false;
    };
    is_flow(text, root)
        && !map.is_empty()
        && map.values().all(|(key, _)| text[key.0..].starts_with('"'))
}

#[derive(Default)]
struct Seen {
    step: Option<usize>,
    lists_indented: Option<bool>,
    padded: Option<bool>,
}

impl Seen {
    fn visit(&mut self, text: &str, node: &Node) {
        let flow = is_flow(text, node);
        match &node.value {
            Value::Scalar(_) => {}
            Value::List(items) => items.iter().for_each(|item| self.visit(text, item)),
            Value::Map(map) => {
                if flow && !map.is_empty() {
                    let inside = &text[node.range.0 + 1..];
                    if !inside.starts_with(['\n', '\r']) {
                        self.padded.get_or_insert(inside.starts_with(' '));
                    }
                }
                for (key, value) in map.values() {
                    if !flow && !is_flow(text, value) {
                        self.below(text, key.0, value);
                    }
                    self.visit(text, value);
                }
            }
        }
    }

    /// A block collection below its key.
    fn below(&mut self, text: &str, key: usize, value: &Node) {
        let key = column(text, key);
        match &value.value {
            Value::Map(map) => {
                let first = map.values().next().map(|(range, _)| column(text, range.0));
                if let Some(deeper) = first.and_then(|column| column.checked_sub(key))
                    && deeper > 0
                {
                    self.step.get_or_insert(deeper);
                }
            }
            Value::List(items) => {
                let Some(first) = items.first() else { return };
                let dash = text[..first.range.0].trim_end();
                if dash.ends_with('-') {
                    let column = column(text, dash.len() - 1);
                    self.lists_indented.get_or_insert(column > key);
                }
            }
            Value::Scalar(_) => {}
        }
    }
}
