//! Values as YAML.

use serde_json::{Map, Value as Json};

use super::layout::Layout;

/// Longest line of what is written on one line.
const WIDTH: usize = 100;

/// Words that a reader of YAML 1.1 or 1.2 takes for something else than text.
const WORDS: [&str; 10] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nil",
];

/// A text as a scalar that every reader takes for this text: plain where nothing can go wrong, else in
/// double quotes.
///
/// ```
/// use slgen::edit::scalar;
/// assert_eq!(scalar("src/save"), "src/save");
/// assert_eq!(scalar("no"), "\"no\"");
/// assert_eq!(scalar("2027-03-31"), "\"2027-03-31\"");
/// assert_eq!(scalar("a: \"b\"\n"), "\"a: \\\"b\\\"\\n\"");
/// ```
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Letters, digits and what has no meaning to YAML within a word; it begins with a letter, so it is no
/// number and no date.
fn is_plain(text: &str) -> bool {
    let word =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@' | '+');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !text.ends_with(' ')
        && text.chars().all(|c| word(c) || c == ' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if must_be_escaped(c) => {
                let code = u32::from(c);
                out.push_str(&if code <= 0xffff {
                    format!("\\u{code:04X}")
                } else {
                    format!("\\U{code:08X}")
                });
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What cannot be seen, ends a line for some reader, or reorders text.
fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

impl Layout {
    fn scalar(self, value: &Json) -> String {
        match value {
            Json::String(text) if self.json => quoted(text),
            Json::String(text) => scalar(text),
            other => other.to_string(),
        }
    }

    pub(super) fn key(self, key: &str) -> String {
        if self.json { quoted(key) } else { scalar(key) }
    }

    /// A value on one line.
    pub(super) fn flow(self, value: &Json) -> String {
        let (open, close) = if self.padded {
            ("{ ", " }")
        } else {
            ("{", "}")
        };
        match value {
            Json::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Json::Object(map) if map.is_empty() => "{}".to_owned(),
            Json::Object(map) => {
                let entries: Vec<String> = map.iter().map(|(k, v)| self.flow_entry(k, v)).collect();
                format!("{open}{}{close}", entries.join(", "))
            }
            single => self.scalar(single),
        }
    }

    /// A key with its value on one line.
    pub(super) fn flow_entry(self, key: &str, value: &Json) -> String {
        format!("{}: {}", self.key(key), self.flow(value))
    }

    /// The lines of a key with its value, the first without its indentation.
    pub(super) fn entry(self, column: usize, key: &str, value: &Json, form: Form) -> Vec<String> {
        let key = self.key(key);
        let line = format!("{key}: {}", self.flow(value));
        if form.fits(value, column + line.chars().count()) {
            return vec![line];
        }
        let deeper = match value {
            Json::Array(_) if !self.lists_indented => column,
            _ => column + self.step,
        };
        let mut lines = vec![format!("{key}:")];
        lines.extend(self.block(deeper, value));
        lines
    }

    /// The lines of an item with its dash, the first without its indentation.
    pub(super) fn item(self, column: usize, value: &Json, form: Form) -> Vec<String> {
        let line = format!("- {}", self.flow(value));
        if form.fits(value, column + line.chars().count()) {
            return vec![line];
        }
        let mut lines = self.block(column + 2, value);
        if let Some(first) = lines.first_mut() {
            *first = format!("- {}", first.trim_start_matches(' '));
        }
        lines
    }

    /// The lines of a collection, each with its indentation.
    fn block(self, column: usize, value: &Json) -> Vec<String> {
        let entries: Vec<Vec<String>> = match value {
            Json::Object(map) => map
                .iter()
                .map(|(key, value)| self.entry(column, key, value, Form::Usual))
                .collect(),
            Json::Array(items) => items
                .iter()
                .map(|item| self.item(column, item, Form::Line))
                .collect(),
            single => vec![vec![self.scalar(single)]],
        };
        let indent = " ".repeat(column);
        entries
            .into_iter()
            .flat_map(|mut lines| {
                if let Some(first) = lines.first_mut() {
                    first.insert_str(0, &indent);
                }
                lines
            })
            .collect()
    }
}

/// How a collection is written where both forms are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// On one line when it holds single values only, or lists of them.
    Usual,
    /// On one line when it fits.
    Line,
    /// Over several lines, as its neighbour is.
    Lines,
}

impl Form {
    /// Whether a value is written on a line of so many characters.
    fn fits(self, value: &Json, width: usize) -> bool {
        let (Json::Array(_) | Json::Object(_)) = value else {
            return true;
        };
        if is_empty(value) {
            return true;
        }
        match self {
            Self::Usual => width <= WIDTH && is_shallow(value),
            Self::Line => width <= WIDTH,
            Self::Lines => false,
        }
    }
}

fn is_empty(value: &Json) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// Single values, or lists of them.
fn is_shallow(value: &Json) -> bool {
    let single = |value: &Json| !value.is_array() && !value.is_object();
    match value {
        Json::Array(items) => items.iter().all(single),
        Json::Object(map) => map.values().all(|value| {
            single(value)
                || value
                    .as_array()
                    .is_some_and(|items| items.iter().all(single))
        }),
        _ => true,
    }
}

/// A value below the keys that lead to it.
pub(super) fn nested(segments: &[String], value: &Json) -> Json {
    segments
        .iter()
        .rev()
        .fold(value.clone(), |value, segment| match segment.as_str() {
            "-" => Json::Array(vec![value]),
            key => Json::Object(Map::from_iter([(key.to_owned(), value)])),
        })
}

/// The value below its path, as a person would paste it.
pub(super) fn paste(segments: &[String], value: &Json) -> String {
    let whole = nested(segments, value);
    let mut lines = Layout::default().block(0, &whole).join("\n");
    lines.push('\n');
    lines
}

/// A whole new text.
pub fn document(value: &Json) -> String {
    paste(&[], value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Kind, SourceMap, Value};

    /// What a reader makes of a scalar in three places.
    fn read(written: &str) -> Vec<(Kind, String)> {
        [
            format!("k: {written}\n"),
            format!("[a, {written}, b]\n"),
            format!("{{ k: {written} }}\n"),
        ]
        .iter()
        .map(|text| {
            let map = SourceMap::build(text).unwrap_or_else(|f| panic!("{text}: {}", f.message));
            let node = match &map.root().unwrap().value {
                Value::Map(map) => map["k"].1.clone(),
                Value::List(items) => items[1].clone(),
                Value::Scalar(_) => panic!("{text}"),
            };
            match node.value {
                Value::Scalar(scalar) => (scalar.kind(), scalar.text),
                other => panic!("{text}: {other:?}"),
            }
        })
        .collect()
    }

    const HOSTILE: [&str; 44] = [
        "",
        " ",
        "~",
        "null",
        "Null",
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "False",
        "0",
        "0123",
        "0o17",
        "0x1f",
        "1e3",
        "1_000",
        "3.10",
        ".5",
        "-",
        "- a",
        "-.inf",
        ".nan",
        "12:30:45",
        "2027-03-31",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "<<",
        "=",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "{a",
        "a]",
        "---",
        "...",
    ];

    #[test]
    fn text_stays_text() {
        let second = |written: &str| -> String {
            serde_yaml::from_str::<Vec<String>>(&format!("[{written}]"))
                .unwrap()
                .remove(0)
        };
        for text in HOSTILE {
            let written = scalar(text);
            for (kind, found) in read(&written) {
                assert_eq!((kind, found.as_str()), (Kind::Text, text), "{written}");
            }
            assert_eq!(second(&written), text, "{written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_stays_text(text in proptest::prop_oneof!["\\PC{0,20}", "[\\x00-\\x7f\u{85}\u{2028}\u{202e}\u{feff}]{0,12}"]) {
            let written = scalar(&text);
            proptest::prop_assert!(!written.contains(['\n', '\r']));
            for (kind, found) in read(&written) {
                proptest::prop_assert_eq!((kind, found), (Kind::Text, text.clone()));
            }
        }
    }
}
