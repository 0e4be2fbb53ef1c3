//! Constants, texts made of parts, and secrets among them.

use tree_sitter::Node;

use super::Engine;
use crate::catalog::secret;
use crate::source::language::Kind;
use crate::source::rule::Check;
use crate::source::value::{Value, is_sql};

/// Longest text that is searched for a secret.
const LONGEST_SECRET: usize = 4096;

/// How much is kept of a text's beginning.
const LONGEST_BEGINNING: usize = 300;

/// The text of a constant as written: without prefix and quotes.
pub(super) fn content(written: &str) -> &str {
    let start = written.find(['"', '\'', '`']).unwrap_or(0);
    let prefix = &written[..start];
    if !prefix.chars().all(|c| c.is_ascii_alphabetic() || c == '#') || prefix.len() > 3 {
        return written;
    }
    written[start..].trim_matches(['"', '\'', '`', '#'])
}

impl<'t> Engine<'t, '_> {
    pub(super) fn literal(&mut self, node: Node<'t>) -> Value {
        let written = self.source(node);
        let parts: Vec<Node<'t>> = Self::children(node)
            .into_iter()
            .filter(|part| matches!(self.kind(*part), Some(Kind::Interpolation | Kind::Text)))
            .collect();
        let mut value = Value {
            literal: true,
            sql: is_sql(content(written)),
            ..Value::OWN
        };
        if parts.is_empty() {
            self.known_secret(node, written);
            return value;
        }
        let mut end = node.start_byte();
        let mut before = String::new();
        for part in parts {
            let between = self.text.get(end..part.start_byte()).unwrap_or_default();
            if value.literal && before.len() < LONGEST_BEGINNING {
                before.push_str(between);
            }
            let part_value = self.eval(part);
            value = value.then(part_value, content(&before));
            end = part.end_byte();
            if part_value.literal && before.len() < LONGEST_BEGINNING {
                before.push_str(content(self.source(part)));
            }
        }
        value
    }

    /// What is known to stand at the beginning of a text; for a format, before its first place.
    pub(super) fn beginning(&self, node: Node<'t>) -> String {
        if self.kind(node) != Some(Kind::Text) {
            return "?".to_owned();
        }
        let content = content(self.source(node));
        let end = content.find(['{', '%']).unwrap_or(content.len());
        content[..end].chars().take(LONGEST_BEGINNING).collect()
    }

    fn known_secret(&mut self, node: Node<'t>, written: &str) {
        if written.len() <= LONGEST_SECRET
            && let Some(what) = secret::known_form(written)
            && !is_placeholder(written)
        {
            self.found_secret(node, what);
        }
    }

    /// A constant with the name of a secret.
    pub(super) fn secret(&mut self, name: Node<'t>, value: Node<'t>) {
        let value = match value.kind() {
            "expression_list" | "literal_element" if value.named_child_count() == 1 => {
                value.named_child(0).unwrap_or(value)
            }
            _ => value,
        };
        if self.kind(value) != Some(Kind::Text) {
            return;
        }
        let text = content(self.source(value));
        let name = self.source(name);
        let name = name.rsplit(['.', '[']).next().unwrap_or_default();
        let name = snake(name.trim_matches(['"', '\'', '`', ']', ' ']));
        if text.len() <= LONGEST_SECRET
            && secret::looks_secret(&name, text).is_some()
            && is_plausible(text)
        {
            self.found_secret(value, &format!("the value of {name}"));
        }
    }

    fn found_secret(&mut self, node: Node<'t>, what: &str) {
        let range = node.byte_range();
        for (index, rule) in self.rules.iter().enumerate() {
            if rule.check == Check::Secret {
                let place = (index, range.start, range.end);
                self.hit(place, what.to_owned());
            }
        }
        self.found.secrets.insert((range.start, range.end));
    }
}

/// `apiKey` → `api_key`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut lower = false;
    for c in name.chars().take(80) {
        if c.is_ascii_uppercase() && lower {
            snake.push('_');
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn is_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "example",
        "xxxx",
        "<",
        "{",
        "$",
        "changeme",
        "placeholder",
        "****",
    ]
    .iter()
    .any(|mark| text.contains(mark))
}

/// No name, reference or placeholder, but something that was chosen or drawn.
fn is_plausible(text: &str) -> bool {
    const SHORTEST: usize = 7;
    let has = |class: fn(char) -> bool| text.chars().any(class);
    let words = text.split(['-', '_', '/', '.', ':']).collect::<Vec<_>>();
    let is_name = words.len() > 1
        && words[0].chars().all(|c| c.is_ascii_alphabetic())
        && words
            .iter()
            .all(|word| word.len() < 16 && word.chars().all(|c| c.is_ascii_alphanumeric()));
    text.len() >= SHORTEST
        && !text.contains(char::is_whitespace)
        && has(|c| c.is_ascii_alphabetic())
        && has(|c| c.is_ascii_digit() || "!@#%^&*?+=".contains(c))
        && !is_name
        && !is_placeholder(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_secrets() {
        for (text, plausible) in [
            ("Tr0ub4dor&3", true),
            ("hunter2!", true),
            ("9fceb02d0ae598e95dc970b74767f19372d61af8", true),
            ("orders/db-2", false),
            ("password", false),
            ("DB_PASSWORD_V2", false),
            ("<your-token-1>", false),
            ("", false),
        ] {
            assert_eq!(is_plausible(text), plausible, "{text}");
        }
        assert_eq!(snake("apiKey"), "api_key");
        assert_eq!(content("rb\"x\""), "x");
        assert_eq!(content("f'''a{b}'''"), "a{b}");
    }
}
