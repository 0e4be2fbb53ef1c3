//! What no text of a manifest may hold, however it is written there: an escape (`"\u202E"`) hides
//! from a reader what the file itself would show.

use serde_json::Value;

use super::is_hidden;
use super::model::Manifest;

/// Longest text, in bytes: no value that AWS takes from a manifest is longer.
const LONGEST: usize = 4096;

/// A text that is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// JSON pointer of the value, or of what the key names.
    pub(super) pointer: String,
    /// What is wrong.
    pub(super) message: String,
    /// What would be right.
    pub(super) help: &'static str,
}

/// Every refused text of a manifest, keys included.
pub(super) fn faults(manifest: &Manifest) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Ok(value) = serde_json::to_value(manifest) {
        walk(&value, &mut String::new(), &mut faults);
    }
    faults
}

fn walk(value: &Value, pointer: &mut String, faults: &mut Vec<Fault>) {
    let end = pointer.len();
    match value {
        Value::String(text) => judge(text, pointer, faults),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                walk(item, pointer, faults);
                pointer.truncate(end);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                pointer.push('/');
                pointer.push_str(&super::escape(key));
                judge(key, pointer, faults);
                walk(item, pointer, faults);
                pointer.truncate(end);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn judge(text: &str, pointer: &str, faults: &mut Vec<Fault>) {
    // Line feeds and tabs stand in longer reasons; the other line breaks only look like them.
    let refused = |c: &char| is_hidden(*c) || matches!(c, '\r' | '\u{2028}' | '\u{2029}');
    if let Some(c) = text.chars().find(refused) {
        faults.push(Fault {
            pointer: pointer.to_owned(),
            message: format!("the hidden character U+{:04X}", u32::from(c)),
            help: "remove it: it shows something else than what is written",
        });
    } else if text.len() > LONGEST {
        faults.push(Fault {
            pointer: pointer.to_owned(),
            message: format!("a text of {} bytes", text.len()),
            help: "shorten it: a text has at most 4,096 bytes",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let value = serde_json::json!({ "a": [text] });
        walk(&value, &mut String::new(), &mut faults);
        faults
    }

    #[test]
    fn hidden_and_endless_text_is_refused_and_the_rest_is_not() {
        for text in [
            "\0",
            "a\u{202e}b",
            "a\rb",
            "a\u{2028}b",
            "\u{1b}[0m",
            "\u{85}",
        ] {
            let faults = found(text);
            assert_eq!(faults.len(), 1, "{text:?}");
            assert_eq!(faults[0].pointer, "/a/0");
        }
        assert_eq!(found(&"x".repeat(LONGEST + 1)).len(), 1);
        for text in ["", "two\nlines\tand a tab", "ünï€😀", "${x} %{y} <<EOT"] {
            assert!(found(text).is_empty(), "{text:?}");
        }
        assert!(found(&"x".repeat(LONGEST)).is_empty());
    }

    #[test]
    fn keys_are_judged_too() {
        let mut faults = Vec::new();
        let value = serde_json::json!({ "a/\u{7}": 1 });
        walk(&value, &mut String::new(), &mut faults);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].pointer, "/a~1\u{7}");
    }
}
