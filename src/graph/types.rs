//! Terraform's type system: the types of variables and attributes, and conversion to them.
#![allow(clippy::match_same_arms, reason = "one arm a type")]

use std::collections::BTreeMap;

use super::value::number_text;
use super::{Kind, Value};

/// A type constraint.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Anything.
    Any,
    /// `bool`.
    Bool,
    /// `number`.
    Number,
    /// `string`.
    String,
    /// `list(T)`.
    List(Box<Type>),
    /// `set(T)`.
    Set(Box<Type>),
    /// `map(T)`.
    Map(Box<Type>),
    /// `tuple([…])`.
    Tuple(Vec<Type>),
    /// `object({…})`.
    Object(BTreeMap<String, Field>),
}

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its type.
    pub kind: Type,
    /// May be absent.
    pub optional: bool,
    /// What stands for it when absent.
    pub default: Option<Value>,
}

/// How attributes that an object type does not name are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// Dropped, as for variables.
    Drop,
    /// Refused, as for attributes of a resource.
    Refuse,
}

impl Type {
    /// The type in Terraform's words.
    pub fn name(&self) -> &'static str {
        match self {
            Type::Any => "any",
            Type::Bool => "bool",
            Type::Number => "number",
            Type::String => "string",
            Type::List(_) => "list",
            Type::Set(_) => "set",
            Type::Map(_) => "map",
            Type::Tuple(_) => "tuple",
            Type::Object(_) => "object",
        }
    }

    /// From the JSON of `terraform providers schema` (`"string"`, `["list", "string"]`,
    /// `["object", {…}]`). `None` for anything else.
    pub fn from_json(json: &serde_json::Value) -> Option<Type> {
        if let Some(name) = json.as_str() {
            return match name {
                "string" => Some(Type::String),
                "number" => Some(Type::Number),
                "bool" => Some(Type::Bool),
                "dynamic" => Some(Type::Any),
                _ => None,
            };
        }
        let pair = json.as_array()?;
        let inner = pair.get(1)?;
        let element = || Type::from_json(inner).map(Box::new);
        match pair.first()?.as_str()? {
            "list" => Some(Type::List(element()?)),
            "set" => Some(Type::Set(element()?)),
            "map" => Some(Type::Map(element()?)),
            "object" => inner
                .as_object()?
                .iter()
                .map(|(name, kind)| {
                    Some((
                        name.clone(),
                        Field {
                            kind: Type::from_json(kind)?,
                            optional: true,
                            default: None,
                        },
                    ))
                })
                .collect::<Option<_>>()
                .map(Type::Object),
            _ => None,
        }
    }

    /// `value` as this type. What is unknown stays as it is, null stays null.
    ///
    /// # Errors
    /// What does not fit, in words, with the path inside the value.
    pub fn convert(&self, value: Value, extra: Extra) -> Result<Value, String> {
        let sensitive = value.sensitive;
        let kind = match (self, value.kind) {
            (Type::Any, kind) | (_, kind @ (Kind::Null | Kind::Symbol(_))) => kind,
            (Type::Bool | Type::Number, Kind::Template(parts)) => {
                Kind::Symbol(Value::from(Kind::Template(parts)).source())
            }
            (Type::String, kind @ (Kind::String(_) | Kind::Template(_))) => kind,
            (Type::String, Kind::Bool(b)) => Kind::String(b.to_string()),
            (Type::String, Kind::Number(n)) => Kind::String(number_text(&n)),
            (Type::Bool, kind @ Kind::Bool(_)) => kind,
            (Type::Bool, Kind::String(text)) => match text.as_str() {
                "true" | "1" => Kind::Bool(true),
                "false" | "0" => Kind::Bool(false),
                _ => return Err("a bool is required".to_owned()),
            },
            (Type::Number, kind @ Kind::Number(_)) => kind,
            (Type::Number, Kind::String(text)) => {
                parse_number(&text).ok_or("a number is required")?.kind
            }
            (Type::List(element), Kind::List(items) | Kind::Set(items)) => {
                Kind::List(convert_all(element, items, extra)?)
            }
            (Type::Set(element), Kind::List(items) | Kind::Set(items)) => {
                Value::set(convert_all(element, items, extra)?).kind
            }
            (Type::Tuple(types), Kind::List(items)) if types.len() == items.len() => Kind::List(
                types
                    .iter()
                    .zip(items)
                    .enumerate()
                    .map(|(i, (kind, item))| {
                        kind.convert(item, extra).map_err(|e| format!("[{i}]: {e}"))
                    })
                    .collect::<Result<_, _>>()?,
            ),
            (Type::Map(element), Kind::Map(map)) => Kind::Map(
                map.into_iter()
                    .map(|(key, item)| match element.convert(item, extra) {
                        Ok(item) => Ok((key, item)),
                        Err(e) => Err(format!("[{key:?}]: {e}")),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            (Type::Object(fields), Kind::Map(map)) => convert_object(fields, map, extra)?,
            (wanted, _) => return Err(format!("a {} is required", wanted.name())),
        };
        Ok(Value { kind, sensitive })
    }
}

fn convert_all(element: &Type, items: Vec<Value>, extra: Extra) -> Result<Vec<Value>, String> {
    items
        .into_iter()
        .enumerate()
        .map(|(i, item)| {
            element
                .convert(item, extra)
                .map_err(|e| format!("[{i}]: {e}"))
        })
        .collect()
}

fn convert_object(
    fields: &BTreeMap<String, Field>,
    mut map: BTreeMap<String, Value>,
    extra: Extra,
) -> Result<Kind, String> {
    let mut converted = BTreeMap::new();
    for (name, field) in fields {
        let given = map.remove(name);
        let value = match given {
            Some(value) if !(value.is_null() && field.default.is_some()) => value,
            None if !field.optional => return Err(format!("attribute {name:?} is required")),
            _ => field.default.clone().unwrap_or_else(Value::null),
        };
        let value = field
            .kind
            .convert(value, extra)
            .map_err(|e| format!(".{name}: {e}"))?;
        converted.insert(name.clone(), value);
    }
    match map.keys().next() {
        Some(name) if extra == Extra::Refuse => Err(format!("no attribute is named {name:?}")),
        _ => Ok(Kind::Map(converted)),
    }
}

/// A number in decimal notation, as Terraform converts strings.
pub(crate) fn parse_number(text: &str) -> Option<Value> {
    if !text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
    {
        return None;
    }
    if let Ok(n) = text.parse::<i64>() {
        return Some(Kind::Number(n.into()).into());
    }
    text.parse::<f64>().ok().and_then(Value::number)
}
