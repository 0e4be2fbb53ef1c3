//! Masks what looks like a secret in the source lines that are shown.

use crate::catalog::secret::{WORDS, looks_secret, tokens};

use super::tree::{Node, Range, Value};

/// The text with every token of known form, and every value in the tree that looks like a secret,
/// replaced by asterisks: as many bytes on as many lines, so that positions stay.
pub(crate) fn masked(text: &str, root: Option<&Node>) -> String {
    let mut ranges = tokens(text);
    match root {
        Some(root) => gather(root, "", &mut ranges),
        None => by_name(text, &mut ranges),
    }
    if ranges.is_empty() {
        return text.to_owned();
    }
    ranges.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in ranges {
        let start = start.max(at);
        if start >= end {
            continue;
        }
        out.push_str(&text[at..start]);
        for c in text[start..end].chars() {
            if matches!(c, '\n' | '\r') {
                out.push(c);
            } else {
                out.extend(std::iter::repeat_n('*', c.len_utf8()));
            }
        }
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// What follows a word for a secret, in a text that is no tree: to the end of its line, or of the
/// lines below that are indented further. Rather too much than too little.
fn by_name(text: &str, ranges: &mut Vec<Range>) {
    let mut start = 0;
    // Indentation of the line whose value goes on below, and whether it is a block scalar.
    let mut open: Option<(usize, bool)> = None;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        let indent = line.len() - line.trim_start().len();
        if let Some((above, block)) = open {
            if end > start && (indent <= above || (!block && line.contains(": "))) {
                open = None;
            } else {
                ranges.push((start, end));
                start += line.len();
                continue;
            }
        }
        match after_secret_word(line) {
            Some("") => open = Some((indent, false)),
            Some(rest) => {
                if rest.starts_with(['|', '>']) {
                    open = Some((indent, true));
                }
                ranges.push((end - rest.len(), end));
            }
            None => {}
        }
        start += line.len();
    }
}

/// What a line holds after a name that ends a word for a secret, when that is a value.
fn after_secret_word(line: &str) -> Option<&str> {
    let folded = line.to_ascii_uppercase().replace('-', "_");
    let mut from = 0;
    while let Some(found) = WORDS
        .iter()
        .filter_map(|word| Some(from + folded[from..].find(word)? + word.len()))
        .min()
    {
        let rest = line[found..]
            .trim_end()
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-\"'".contains(c));
        let value = rest.trim_start_matches([' ', '\t', ':', '=']);
        if value.len() < rest.len() && !value.starts_with(['{', '[', '}', ']', ',', '#']) {
            return Some(value);
        }
        from = found;
    }
    None
}

fn gather(node: &Node, key: &str, ranges: &mut Vec<Range>) {
    match &node.value {
        Value::Scalar(scalar) => {
            if looks_secret(key, &scalar.text).is_some() {
                ranges.push(node.range);
            }
        }
        Value::List(items) => items.iter().for_each(|node| gather(node, key, ranges)),
        Value::Map(map) => {
            for (key, (_, node)) in map {
                // Names of secret resources, not secrets.
                if key == "secrets" && matches!(node.value, Value::Map(_)) {
                    gather(node, "", ranges);
                    continue;
                }
                gather(node, key, ranges);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token of a known form, put together so that no scanner of this repository sees one.
    fn token(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn masking_keeps_positions() {
        let token = token(&["ghp", "_hunter2"]);
        let text = format!("a: {token}\nenv: {{ DB_PASSWORD: pässwort, secrets: {{ X: y }} }}\n");
        let map = super::super::SourceMap::build(&text).unwrap();
        let shown = masked(&text, map.root());
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown.lines().count(), text.lines().count());
        assert!(shown.ends_with("DB_PASSWORD: *********, secrets: { X: y } }\n"));
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn a_text_that_is_no_tree_is_masked_by_name() {
        for (text, shown) in [
            (
                "a: b\nDB_PASSWORD: hunter2\nc: d\n",
                "a: b\nDB_PASSWORD: *******\nc: d\n",
            ),
            ("  \"api-key\" = hunter2", "  \"api-key\" = *******"),
            (
                "TOKEN: |\n  hunter2\n  two\nc: d",
                "TOKEN: *\n*********\n*****\nc: d",
            ),
            ("TOKEN:\n  hunter2\nc: d", "TOKEN:\n*********\nc: d"),
            ("secrets: { DB: db }", "secrets: { DB: db }"),
            (
                "db: { type: secret, existing: x }",
                "db: { type: secret, existing: x }",
            ),
            ("secrets:\n  DB: db", "secrets:\n  DB: db"),
            ("{ a: b, PWD: x }", "{ a: b, PWD: ***"),
        ] {
            assert_eq!(masked(text, None), shown, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn masking_never_panics(text in "\\PC{0,80}", name in "[A-Z_]{0,20}") {
            proptest::prop_assert_eq!(masked(&text, None).len(), text.len());
            let _ = looks_secret(&name, &text);
        }
    }
}
