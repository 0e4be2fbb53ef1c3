//! Values of resource attributes: known, partly known or symbolic.

use std::collections::BTreeMap;

/// A value with its own *sensitive* mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Terraform marks it sensitive: never print it.
    pub sensitive: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Absent or null.
    Null,
    /// Boolean.
    Bool(bool),
    /// Number.
    Number(serde_json::Number),
    /// Wholly known string.
    String(String),
    /// Ordered collection.
    List(Vec<Value>),
    /// Collection without order; kept sorted by the reader.
    Set(Vec<Value>),
    /// Object or map.
    Map(BTreeMap<String, Value>),
    /// Partly known string: keeps its known parts.
    Template(Vec<Part>),
    /// Not known here: another address's attribute, an unbound variable, or an expression that
    /// cannot be evaluated, as canonical source text (`aws_kms_key.stack.arn`).
    Symbol(String),
}

/// A part of a partly known string.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Known text.
    Literal(String),
    /// Unknown expression, as canonical source text.
    Symbol(String),
}

impl From<Kind> for Value {
    /// A value without the sensitive mark.
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            sensitive: false,
        }
    }
}

impl Value {
    /// Null.
    pub fn null() -> Self {
        Kind::Null.into()
    }

    /// A wholly known string.
    pub fn string(text: impl Into<String>) -> Self {
        Kind::String(text.into()).into()
    }

    /// A symbol, from canonical source text.
    pub fn symbol(text: impl Into<String>) -> Self {
        Kind::Symbol(text.into()).into()
    }

    /// The same value with the sensitive mark added when `sensitive`.
    #[must_use]
    pub fn marked(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// The text of a wholly known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// A known boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A known number.
    pub fn as_f64(&self) -> Option<f64> {
        match &self.kind {
            Kind::Number(n) => n.as_f64(),
            _ => None,
        }
    }

    /// A known whole number from 0.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.kind {
            Kind::Number(n) => n.as_u64(),
            _ => None,
        }
    }

    /// Elements of a list or set.
    pub fn elements(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) | Kind::Set(items) => Some(items),
            _ => None,
        }
    }

    /// Elements of a list or set; any other value is its only one.
    pub fn each(&self) -> &[Value] {
        self.elements().unwrap_or(std::slice::from_ref(self))
    }

    /// Null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Nothing in it is unknown, at any depth.
    pub fn is_known(&self) -> bool {
        match &self.kind {
            Kind::Template(_) | Kind::Symbol(_) => false,
            Kind::List(items) | Kind::Set(items) => items.iter().all(Value::is_known),
            Kind::Map(map) => map.values().all(Value::is_known),
            _ => true,
        }
    }

    /// Something in it is sensitive, at any depth.
    pub fn has_sensitive(&self) -> bool {
        self.sensitive
            || match &self.kind {
                Kind::List(items) | Kind::Set(items) => items.iter().any(Value::has_sensitive),
                Kind::Map(map) => map.values().any(Value::has_sensitive),
                _ => false,
            }
    }

    /// The text of a string, number or boolean, with `<symbol>` for what is unknown (see
    /// [`crate::iam::Permission`]). `None` for null and collections.
    pub fn text(&self) -> Option<String> {
        match &self.kind {
            Kind::String(text) => Some(text.clone()),
            Kind::Bool(b) => Some(b.to_string()),
            Kind::Number(n) => Some(number_text(n)),
            Kind::Symbol(symbol) => Some(format!("<{symbol}>")),
            Kind::Template(parts) => Some(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(text) => text.clone(),
                        Part::Symbol(symbol) => format!("<{symbol}>"),
                    })
                    .collect(),
            ),
            Kind::Null | Kind::List(_) | Kind::Set(_) | Kind::Map(_) => None,
        }
    }

    /// Canonical source text: one HCL expression, one line, equal for equal values.
    pub fn source(&self) -> String {
        let mut out = String::new();
        self.write_source(&mut out);
        out
    }

    fn write_source(&self, out: &mut String) {
        match &self.kind {
            Kind::Null => out.push_str("null"),
            Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Kind::Number(n) => out.push_str(&number_text(n)),
            Kind::String(text) => {
                out.push('"');
                escape(text, out);
                out.push('"');
            }
            Kind::Symbol(symbol) => out.push_str(symbol),
            Kind::Template(parts) => {
                out.push('"');
                for part in parts {
                    match part {
                        Part::Literal(text) => escape(text, out),
                        Part::Symbol(symbol) => {
                            out.push_str("${");
                            out.push_str(symbol);
                            out.push('}');
                        }
                    }
                }
                out.push('"');
            }
            Kind::List(items) => write_list(items, out),
            Kind::Set(items) => {
                out.push_str("toset(");
                write_list(items, out);
                out.push(')');
            }
            Kind::Map(map) => {
                out.push('{');
                for (i, (key, value)) in map.iter().enumerate() {
                    out.push_str(if i == 0 { "\"" } else { ", \"" });
                    escape(key, out);
                    out.push_str("\" = ");
                    value.write_source(out);
                }
                out.push('}');
            }
        }
    }

    /// A string from parts: adjacent literals joined, wholly known strings plain, and a lone
    /// symbol a symbol.
    pub fn from_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut joined: Vec<Part> = Vec::new();
        for part in parts {
            match (part, joined.last_mut()) {
                (Part::Literal(text), _) if text.is_empty() => {}
                (Part::Literal(text), Some(Part::Literal(last))) => last.push_str(&text),
                (part, _) => joined.push(part),
            }
        }
        match joined.pop() {
            None => Self::string(""),
            Some(Part::Literal(text)) if joined.is_empty() => Self::string(text),
            Some(Part::Symbol(symbol)) if joined.is_empty() => Self::symbol(symbol),
            Some(last) => {
                joined.push(last);
                Kind::Template(joined).into()
            }
        }
    }

    /// A set: sorted, equal elements once.
    pub fn set(items: Vec<Value>) -> Self {
        let mut keyed: Vec<(String, Value)> = items.into_iter().map(|v| (v.source(), v)).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        keyed.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1.sensitive |= later.1.sensitive;
            }
            same
        });
        Kind::Set(keyed.into_iter().map(|(_, v)| v).collect()).into()
    }

    /// A number; whole ones within 53 bits become integers. `None` for what is not finite.
    pub fn number(n: f64) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "guarded: whole and within 53 bits"
        )]
        if n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 {
            return Some(Kind::Number((n as i64).into()).into());
        }
        serde_json::Number::from_f64(n).map(|n| Kind::Number(n).into())
    }
}

fn write_list(items: &[Value], out: &mut String) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        item.write_source(out);
    }
    out.push(']');
}

/// Body of a quoted HCL string.
fn escape(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
}

/// Decimal text of a number, as Terraform converts it to a string.
pub(crate) fn number_text(n: &serde_json::Number) -> String {
    match n.as_f64() {
        Some(f) if n.is_f64() => format!("{f}"),
        _ => n.to_string(),
    }
}
