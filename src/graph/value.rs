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
