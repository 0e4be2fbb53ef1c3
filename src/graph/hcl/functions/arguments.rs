//! What functions take and give: known texts, collections, results that may not be known.

use crate::graph::hcl::eval::MAX_STRING;
use crate::graph::types::{Extra, Type};
use crate::graph::{Kind, Value};

pub(super) type Result<T> = std::result::Result<T, String>;
/// `None` when the result is not known.
pub(super) type Found = Result<Option<Value>>;

pub(super) fn one(args: &[Value]) -> Result<&Value> {
    match args {
        [only] => Ok(only),
        _ => Err("one argument is required".to_owned()),
    }
}

pub(super) fn bool(b: bool) -> Value {
    Kind::Bool(b).into()
}

/// Text of an argument: numbers and bools are converted. `None` when it is not wholly known.
pub(super) fn known_text(value: &Value) -> Result<Option<String>> {
    match &value.kind {
        Kind::Symbol(_) | Kind::Template(_) => Ok(None),
        _ => value
            .text()
            .map(Some)
            .ok_or_else(|| "a string is required".to_owned()),
    }
}

/// A string result, unless it is longer than any string may be.
pub(super) fn string(text: String) -> Found {
    if text.len() > MAX_STRING {
        return Err("a string is longer than 1 MiB".to_owned());
    }
    Ok(Some(Value::string(text)))
}

pub(super) fn text_function(args: &[Value], f: impl Fn(&str) -> String) -> Found {
    match known_text(one(args)?)? {
        Some(text) => string(f(&text)),
        None => Ok(None),
    }
}

pub(super) fn two_texts(args: &[Value], f: impl Fn(&str, &str) -> Result<Value>) -> Found {
    let [first, second] = args else {
        return Err("two arguments are required".to_owned());
    };
    match (known_text(first)?, known_text(second)?) {
        (Some(first), Some(second)) => f(&first, &second).map(Some),
        _ => Ok(None),
    }
}

pub(super) fn convert(value: &Value, to: &Type) -> Found {
    if !value.is_known() && *to != Type::String {
        return Ok(None);
    }
    to.convert(value.clone(), Extra::Refuse).map(Some)
}

pub(super) fn collection(value: &Value, f: impl Fn(&[Value]) -> Value) -> Found {
    match &value.kind {
        Kind::List(items) | Kind::Set(items) => Ok(Some(f(items))),
        Kind::Null => Ok(Some(Value::null())),
        Kind::Symbol(_) => Ok(None),
        _ => Err("a list or set is required".to_owned()),
    }
}

/// Elements of a list or set; `None` when they are not known.
pub(super) fn items(value: &Value) -> Result<Option<&[Value]>> {
    match &value.kind {
        Kind::List(items) | Kind::Set(items) => Ok(Some(items)),
        Kind::Symbol(_) => Ok(None),
        _ => Err("a list or set is required".to_owned()),
    }
}

/// A list.
pub(super) fn list(items: Vec<Value>) -> Value {
    Kind::List(items).into()
}
