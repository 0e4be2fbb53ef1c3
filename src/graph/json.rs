//! JSON in strings: `jsonencode` that keeps structure around unknown parts, and its reverse.
//!
//! An encoded document with unknown parts is a [`Kind::Template`] whose literals are JSON text.
//! A symbol inside JSON quotes stands for a part of that string; a symbol where a JSON value
//! stands is `jsonencode(X)` and stands for the whole value `X`. State and plan give the same
//! attribute as a plain JSON string; [`Value::json`] reads both, and hand-written templates too.

use std::collections::BTreeMap;

use super::value::number_text;
use super::{Kind, Part, Value};

/// Nesting beyond which a document is refused (`serde_json` refuses at the same depth).
const MAX_DEPTH: usize = 120;

/// `jsonencode`: keys sorted and `<`, `>`, `&` escaped as Terraform does. `None` when nested
/// deeper than any real document.
pub(crate) fn encode(value: &Value) -> Option<Value> {
    let mut out = Writer::default();
    out.value(value, 0)?;
    Some(Value::from_parts(out.parts).marked(value.has_sensitive()))
}

#[derive(Default)]
struct Writer {
    parts: Vec<Part>,
}

impl Writer {
    fn literal(&mut self, text: &str) {
        if let Some(Part::Literal(last)) = self.parts.last_mut() {
            last.push_str(text);
        } else {
            self.parts.push(Part::Literal(text.to_owned()));
        }
    }

    fn escaped(&mut self, text: &str) {
        let escapes = |c: char| {
            c.is_control() || matches!(c, '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
        };
        if !text.contains(escapes) {
            return self.literal(text);
        }
        let quoted = serde_json::Value::from(text).to_string();
        let body = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
        let mut safe = String::with_capacity(body.len());
        for c in body.chars() {
            match c {
                '<' => safe.push_str("\\u003c"),
                '>' => safe.push_str("\\u003e"),
                '&' => safe.push_str("\\u0026"),
                '\u{2028}' => safe.push_str("\\u2028"),
                '\u{2029}' => safe.push_str("\\u2029"),
                c => safe.push(c),
            }
        }
        self.literal(&safe);
    }

    fn value(&mut self, value: &Value, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            Kind::Null => self.literal("null"),
            Kind::Bool(b) => self.literal(if *b { "true" } else { "false" }),
            Kind::Number(n) => self.literal(&number_text(n)),
            Kind::String(text) => {
                self.literal("\"");
                self.escaped(text);
                self.literal("\"");
            }
            Kind::Template(parts) => {
                self.literal("\"");
                for part in parts {
                    match part {
                        Part::Literal(text) => self.escaped(text),
                        Part::Symbol(s) => self.parts.push(Part::Symbol(s.clone())),
                    }
                }
                self.literal("\"");
            }
            Kind::Symbol(s) => self.parts.push(Part::Symbol(format!("jsonencode({s})"))),
            Kind::List(items) | Kind::Set(items) => {
                self.literal("[");
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.literal(",");
                    }
                    self.value(item, depth + 1)?;
                }
                self.literal("]");
            }
            Kind::Map(map) => {
                self.literal("{");
                for (i, (key, item)) in map.iter().enumerate() {
                    self.literal(if i > 0 { ",\"" } else { "\"" });
                    self.escaped(key);
                    self.literal("\":");
                    self.value(item, depth + 1)?;
                }
                self.literal("}");
            }
        }
        Some(())
    }
}

impl Value {
    /// The document in a JSON string, whether wholly known or with unknown parts. `None` when
    /// this is not a string or not JSON, or when nothing of it is known. Repeated keys are
    /// refused too: readers disagree on which one counts.
    pub fn json(&self) -> Option<Value> {
        let document = match &self.kind {
            Kind::String(text) => parse(text)?,
            Kind::Template(parts) => decode_parts(parts)?,
            _ => return None,
        };
        Some(if self.sensitive {
            mark_all(document)
        } else {
            document
        })
    }
}

fn mark_all(mut value: Value) -> Value {
    value.sensitive = true;
    value.kind = match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(mark_all).collect()),
        Kind::Map(map) => Kind::Map(map.into_iter().map(|(k, v)| (k, mark_all(v))).collect()),
        kind => kind,
    };
    value
}

/// Brackets of the placeholders that stand for symbols while `serde_json` parses.
const OPEN: char = '\u{F0000}';
const CLOSE: char = '\u{F0001}';

fn decode_parts(parts: &[Part]) -> Option<Value> {
    let mut text = String::new();
    let mut symbols = Vec::new();
    let mut in_string = false;
    for part in parts {
        match part {
            Part::Literal(literal) => {
                // A literal that could spell a placeholder, raw or escaped, is not read at all.
                if literal.contains([OPEN, CLOSE])
                    || literal.to_ascii_lowercase().contains("\\udb80")
                {
                    return None;
                }
                let mut escaped = false;
                for c in literal.chars() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' if in_string => escaped = true,
                        '"' => in_string = !in_string,
                        _ => {}
                    }
                }
                if escaped {
                    return None;
                }
                text.push_str(literal);
            }
            Part::Symbol(symbol) => {
                let mark = format!("{OPEN}{}{CLOSE}", symbols.len());
                if in_string {
                    text.push_str(&mark);
                } else {
                    // Two opening brackets tell a value from a lone symbol inside quotes.
                    text.push_str(&format!("\"{OPEN}{mark}\""));
                }
                symbols.push(symbol.as_str());
            }
        }
    }
    restore(parse(&text)?, &symbols)
}

fn restore(value: Value, symbols: &[&str]) -> Option<Value> {
    Some(match value.kind {
        Kind::String(text) => restore_text(&text, symbols)?,
        Kind::List(items) => Kind::List(
            items
                .into_iter()
                .map(|item| restore(item, symbols))
                .collect::<Option<_>>()?,
        )
        .into(),
        Kind::Map(map) => {
            let mut restored = BTreeMap::new();
            for (key, item) in map {
                let key = restore_text(&key, symbols)?.text()?;
                if restored.insert(key, restore(item, symbols)?).is_some() {
                    return None;
                }
            }
            Kind::Map(restored).into()
        }
        kind => kind.into(),
    })
}

fn restore_text(text: &str, symbols: &[&str]) -> Option<Value> {
    let symbol = |number: &str| symbols.get(number.parse::<usize>().ok()?).copied();
    if let Some(rest) = text.strip_prefix(&format!("{OPEN}{OPEN}")) {
        let whole = symbol(rest.strip_suffix(CLOSE)?)?;
        let inner = whole
            .strip_prefix("jsonencode(")
            .and_then(|s| s.strip_suffix(')'))
            .map_or_else(|| format!("jsondecode({whole})"), str::to_owned);
        return Some(Value::symbol(inner));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (number, after) = after.split_once(CLOSE)?;
        parts.push(Part::Literal(before.to_owned()));
        parts.push(Part::Symbol(symbol(number)?.to_owned()));
        rest = after;
    }
    parts.push(Part::Literal(rest.to_owned()));
    Some(Value::from_parts(parts))
}

/// JSON text as a value; `None` when it is not JSON or repeats a key.
pub(crate) fn parse(text: &str) -> Option<Value> {
    document(text).ok()
}

/// JSON text as a value, without repeated keys.
pub(crate) fn document(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Document>(text).map(|d| d.0)
}

/// A JSON document without repeated keys.
struct Document(Value);

impl<'de> serde::Deserialize<'de> for Document {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor).map(Document)
    }
}

struct DocumentVisitor;

impl<'de> serde::de::Visitor<'de> for DocumentVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::null())
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Kind::Bool(b).into())
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Kind::Number(n.into()).into())
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Kind::Number(n.into()).into())
    }

    fn visit_f64<E: serde::de::Error>(self, n: f64) -> Result<Value, E> {
        Value::number(n).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::string(text))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Document(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items).into())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, Document(item))) = map.next_entry::<String, Document>()? {
            if entries.insert(key.clone(), item).is_some() {
                return Err(serde::de::Error::custom(format!("repeated key {key:?}")));
            }
        }
        Ok(Kind::Map(entries).into())
    }
}
