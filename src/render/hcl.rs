//! HCL: the encoder for values, and the canonical layout of `terraform fmt`.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value as Json;

use crate::iam::{Piece, Text};

/// Key that marks text already encoded as HCL in a template's context.
///
/// Only [`Expr`] writes it; maps with keys of the user's are encoded by [`Expr::map`] beforehand.
pub(super) const MARK: &str = "$hcl";

/// An HCL expression, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr(String);

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(MARK, &self.0)?;
        map.end()
    }
}

impl Expr {
    /// An expression of slgen's own, as it stands.
    pub fn raw(expression: impl Into<String>) -> Self {
        Self(expression.into())
    }

    /// A quoted string.
    pub fn string(text: &str) -> Self {
        Self(format!("\"{}\"", escape(text)))
    }

    /// A number.
    pub fn number(number: u32) -> Self {
        Self(number.to_string())
    }

    /// A string with references; a lone reference stands without quotes.
    pub fn text(text: &Text) -> Self {
        Self(match text.pieces() {
            [Piece::Ref(expression)] => (*expression).to_owned(),
            [Piece::Attribute(expression)] => expression.clone(),
            pieces => quoted(pieces, &|list| format!("{list}[*]")),
        })
    }

    /// Texts as a policy takes them: one as a string, more as a list; lists that a text refers to
    /// are spread by `for`.
    pub fn texts(texts: &[Text]) -> Self {
        let (spread, plain): (Vec<&Text>, Vec<&Text>) = texts
            .iter()
            .partition(|text| text.pieces().iter().any(|p| matches!(p, Piece::Each(_))));
        if let ([], [one]) = (spread.as_slice(), plain.as_slice()) {
            return Self::text(one);
        }
        let plain = Self::list(plain.into_iter().map(Self::text));
        if spread.is_empty() {
            return plain;
        }
        let mut parts = vec![plain.0];
        for text in spread {
            let list = text.pieces().iter().find_map(|p| match p {
                Piece::Each(list) => Some(*list),
                _ => None,
            });
            let body = quoted(text.pieces(), &|_| "id".to_owned());
            parts.push(format!("[for id in {} : {body}]", list.unwrap_or_default()));
        }
        Self(format!("concat(\n{},\n)", parts.join(",\n")))
    }

    /// A list, one item a line; empty and single lists in one line.
    pub fn list(items: impl IntoIterator<Item = Expr>) -> Self {
        let items: Vec<String> = items.into_iter().map(|item| item.0).collect();
        Self(match items.as_slice() {
            [] => "[]".to_owned(),
            [one] => format!("[{one}]"),
            many => format!("[\n{},\n]", many.join(",\n")),
        })
    }

    /// An object; keys are quoted where they are no identifiers.
    pub fn map<K: AsRef<str>>(entries: impl IntoIterator<Item = (K, Expr)>) -> Self {
        let lines: Vec<String> = entries
            .into_iter()
            .map(|(key, value)| format!("{} = {}", map_key(key.as_ref()), value.0))
            .collect();
        if lines.is_empty() {
            Self("{}".to_owned())
        } else {
            Self(format!("{{\n{}\n}}", lines.join("\n")))
        }
    }

    /// The encoded expression.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn quoted(pieces: &[Piece], each: &dyn Fn(&str) -> String) -> String {
    let mut out = String::from("\"");
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) => {
                let more = index + 1 < pieces.len();
                // `$` before `${` would read as an escaped interpolation.
                match text.char_indices().last() {
                    Some((at, last @ ('$' | '%'))) if more => {
                        out.push_str(&escape(&text[..at]));
                        out.push_str(&format!("${{\"{last}\"}}"));
                    }
                    _ => out.push_str(&escape(text)),
                }
            }
            Piece::Ref(expression) => out.push_str(&format!("${{{expression}}}")),
            Piece::Attribute(expression) => out.push_str(&format!("${{{expression}}}")),
            Piece::Each(list) => out.push_str(&format!("${{{}}}", each(list))),
        }
    }
    out.push('"');
    out
}

/// The inside of a quoted HCL string (HCL native syntax specification, "Template Expressions").
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A run of `$` or `%` before `{` doubles its last one only.
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn map_key(key: &str) -> String {
    let mut chars = key.chars();
    let identifier = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if identifier {
        key.to_owned()
    } else {
        format!("\"{}\"", escape(key))
    }
}

/// Encodes any context value: strings are quoted, lists and maps nested.
pub(super) fn encode(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => n.to_string(),
        Json::String(s) => Expr::string(s).0,
        Json::Array(items) => Expr::list(items.iter().map(|item| Expr(encode(item)))).0,
        Json::Object(map) => match map.get(MARK) {
            Some(Json::String(encoded)) if map.len() == 1 => encoded.clone(),
            _ => Expr::map(map.iter().map(|(key, value)| (key, Expr(encode(value))))).0,
        },
    }
}

/// The layout `terraform fmt` gives: two spaces a level, `=` of neighbouring one-line items
/// aligned, single blank lines. Expects no heredocs and no trailing comments.
pub fn canonical(text: &str) -> String {
    let mut lines: Vec<Line> = Vec::new();
    // Line of each open bracket: brackets opened on one line indent once.
    let mut open: Vec<usize> = Vec::new();
    for (number, raw) in text.lines().enumerate() {
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            let needless = lines.last().is_none_or(|l| l.text.is_empty() || l.opens);
            if !needless {
                lines.push(Line::default());
            }
            continue;
        }
        let shape = scan(trimmed);
        open.truncate(open.len().saturating_sub(shape.leading_closers));
        if shape.leading_closers > 0 {
            while lines.last().is_some_and(|l| l.text.is_empty()) {
                lines.pop();
            }
        }
        if shape.leading_closers > 0 {
            open.truncate(open.len().saturating_sub(shape.closed));
        }
        let depth = levels(&open);
        if shape.leading_closers == 0 {
            open.truncate(open.len().saturating_sub(shape.closed));
        }
        open.extend(std::iter::repeat_n(number, shape.opened));
        let balanced = shape.opened == 0 && shape.closed == 0 && shape.leading_closers == 0;
        lines.push(Line {
            depth,
            text: trimmed.to_owned(),
            equals: shape.equals.filter(|_| balanced),
            opens: shape.opened > 0,
        });
    }
    while lines.last().is_some_and(|l| l.text.is_empty()) {
        lines.pop();
    }
    write_aligned(&lines)
}

#[derive(Default)]
struct Line {
    depth: usize,
    text: String,
    /// Byte of the `=` of a one-line item.
    equals: Option<usize>,
    opens: bool,
}

fn levels(open: &[usize]) -> usize {
    let mut lines = open.to_vec();
    lines.dedup();
    lines.len()
}

fn write_aligned(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut index = 0;
    while index < lines.len() {
        let run = lines[index..]
            .iter()
            .take_while(|l| l.equals.is_some() && l.depth == lines[index].depth)
            .count();
        let width = lines[index..index + run]
            .iter()
            .filter_map(|l| l.equals.map(|at| l.text[..at].trim_end().chars().count()))
            .max()
            .unwrap_or(0);
        for line in &lines[index..index + run.max(1)] {
            for _ in 0..line.depth {
                out.push_str("  ");
            }
            match line.equals.filter(|_| run > 0) {
                Some(at) => {
                    let (key, value) =
                        (line.text[..at].trim_end(), line.text[at + 1..].trim_start());
                    let pad = width - key.chars().count();
                    out.push_str(key);
                    out.extend(std::iter::repeat_n(' ', pad));
                    out.push_str(" = ");
                    out.push_str(value);
                }
                None => out.push_str(&line.text),
            }
            while out.ends_with(' ') {
                out.pop();
            }
            out.push('\n');
        }
        index += run.max(1);
    }
    out
}

#[derive(Default)]
struct Shape {
    /// Brackets closed before anything else.
    leading_closers: usize,
    /// Brackets closed later that this line did not open.
    closed: usize,
    /// Brackets opened and not closed.
    opened: usize,
    equals: Option<usize>,
}

/// Brackets and the first `=` of a line, outside strings and comments.
fn scan(line: &str) -> Shape {
    let mut shape = Shape::default();
    if line.starts_with('#') {
        return shape;
    }
    let bytes = line.as_bytes();
    let mut stack = 0_usize;
    let mut index = 0;
    let mut leading = true;
    // Nesting of strings and `${…}` in them: true for string, false for interpolation.
    let mut quotes: Vec<bool> = Vec::new();
    while index < bytes.len() {
        let byte = bytes[index];
        if quotes.last() == Some(&true) {
            match byte {
                b'\\' => index += 1,
                b'"' => {
                    quotes.pop();
                }
                b'$' | b'%' if bytes.get(index + 1) == Some(&b'{') => {
                    if index > 0 && bytes[index - 1] == byte {
                        index += 1;
                    } else {
                        quotes.push(false);
                        index += 1;
                    }
                }
                _ => {}
            }
        } else {
            match byte {
                b'"' => quotes.push(true),
                b'}' if quotes.last() == Some(&false) => {
                    quotes.pop();
                }
                b'{' | b'[' | b'(' if quotes.is_empty() => stack += 1,
                b'}' | b']' | b')' if quotes.is_empty() => {
                    if stack > 0 {
                        stack -= 1;
                    } else if leading {
                        shape.leading_closers += 1;
                    } else {
                        shape.closed += 1;
                    }
                }
                b'=' if quotes.is_empty() && stack == 0 && shape.equals.is_none() => {
                    let next = bytes.get(index + 1);
                    let before = index.checked_sub(1).map(|i| bytes[i]);
                    if next != Some(&b'=')
                        && next != Some(&b'>')
                        && !matches!(before, Some(b'=' | b'!' | b'<' | b'>'))
                    {
                        shape.equals = Some(index);
                    }
                }
                _ => {}
            }
            if !matches!(byte, b'}' | b']' | b')' | b' ' | b',') {
                leading = false;
            }
        }
        index += 1;
    }
    shape.opened = stack;
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_hcl_would_evaluate() {
        assert_eq!(
            escape("a\"${x}%{y}$${z}\n\u{1}"),
            "a\\\"$${x}%%{y}$$${z}\\n\\u0001"
        );
    }

    #[test]
    fn a_dollar_before_a_reference_stays_a_dollar() {
        let text = Text::literal("cost$").join(&Text::parse("{var.region}"));
        assert_eq!(Expr::text(&text).as_str(), "\"cost${\"$\"}${var.region}\"");
    }

    #[test]
    fn aligns_and_indents() {
        let text = "resource \"a\" \"b\" {\nname = \"x\"\nlonger_name = 1\npolicy = jsonencode({\nVersion = \"1\"\nStatement = [\n{\nSid = \"a}\"\nAction = \"x\"\n},\n]\n})\n\n\nz = {}\n\n}\n";
        assert_eq!(
            canonical(text),
            "resource \"a\" \"b\" {\n  name        = \"x\"\n  longer_name = 1\n  policy = jsonencode({\n    Version = \"1\"\n    Statement = [\n      {\n        Sid    = \"a}\"\n        Action = \"x\"\n      },\n    ]\n  })\n\n  z = {}\n}\n"
        );
    }
}
