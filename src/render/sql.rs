//! SQL: the encoders for names and texts.

use crate::service::model::Engine;

/// A name in its quotes: data, whatever it holds.
pub fn name(engine: Engine, text: &str) -> String {
    let quote = match engine {
        Engine::Postgresql => '"',
        Engine::Mysql => '`',
    };
    quoted(text, quote, false)
}

/// A text in its quotes: data, whatever it holds. `PostgreSQL` takes a backslash for itself
/// (`standard_conforming_strings`), `MySQL` does not.
pub fn text(engine: Engine, text: &str) -> String {
    quoted(text, '\'', engine == Engine::Mysql)
}

/// Within a comment that ends with the line.
pub fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A `PostgreSQL` block between dollar quotes that do not occur in it.
pub fn block(body: &str) -> String {
    let mut tag = "$slgen$".to_owned();
    while body.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!("DO {tag}\n{body}{tag};\n")
}

/// No server takes NUL in a name or a text.
fn quoted(text: &str, quote: char, backslashes: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars().filter(|c| *c != '\0') {
        if c == quote || (backslashes && c == '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_its_quotes() {
        use Engine::{Mysql, Postgresql};
        assert_eq!(name(Postgresql, "a\"; DROP"), "\"a\"\"; DROP\"");
        assert_eq!(name(Mysql, "a`b\"\\"), "`a``b\"\\`");
        assert_eq!(text(Postgresql, "it's\\"), "'it''s\\'");
        assert_eq!(text(Mysql, "it's\\"), "'it''s\\\\'");
        assert_eq!(text(Mysql, "a\0b"), "'ab'");
        assert_eq!(comment("a\nDROP\r\u{85}x"), "a DROP  x");
        assert_eq!(block("x\n"), "DO $slgen$\nx\n$slgen$;\n");
        assert_eq!(block("$slgen$ x\n"), "DO $slgen_$\n$slgen$ x\n$slgen_$;\n");
    }
}
