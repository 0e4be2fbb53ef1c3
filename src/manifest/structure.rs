//! A tree held against a JSON Schema derived from the model: every unknown key, wrong type, missing
//! key and unknown word at its place, in one pass.
//!
//! What is faulty is left out, or filled in where something must stand, and remembered as damaged:
//! so what is sound still gets its other checks, and no fault is reported twice.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::scalar::{Kind, Scalar};
use super::schema::{Schema, Want, advice, describe, is_null, one_of, takes, takes_null};
use super::similar::similar;
use super::tree::{Node, Range, Value, escape};

/// More faults than these help nobody, and keep memory bounded.
const MOST: usize = 500;

/// A fault of structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) pointer: String,
    pub(crate) range: Range,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// What reading a tree gives.
#[derive(Debug)]
pub(crate) struct Structure {
    /// A value that fits the schema.
    pub(crate) value: Json,
    /// Every fault, in the text's order.
    pub(crate) faults: Vec<Fault>,
    /// JSON pointers of what was left out or filled in.
    pub(crate) damaged: BTreeSet<String>,
}

/// Reads a tree by a schema.
pub(crate) fn read(schema: &Json, root: &Node) -> Structure {
    read_part(schema, schema, root)
}

/// Reads a tree by a part of a schema.
pub(crate) fn read_part(whole: &Json, schema: &Json, root: &Node) -> Structure {
    let mut reader = Reader {
        schema: Schema(whole),
        faults: Vec::new(),
        damaged: BTreeSet::new(),
        pointer: String::new(),
    };
    let value = match reader.value(schema, root) {
        Some(value) => value,
        None => reader.schema.filler(schema, 0),
    };
    reader.faults.sort_by_key(|fault| fault.range);
    Structure {
        value,
        faults: reader.faults,
        damaged: reader.damaged,
    }
}

struct Reader<'a> {
    schema: Schema<'a>,
    faults: Vec<Fault>,
    damaged: BTreeSet<String>,
    pointer: String,
}

impl<'a> Reader<'a> {
    /// The value, or `None` when it is faulty as a whole; then the fault is reported.
    fn value(&mut self, schema: &'a Json, node: &Node) -> Option<Json> {
        let branches = self.schema.branches(schema);
        if let Value::Scalar(scalar) = &node.value
            && scalar.kind() == Kind::Null
            && branches.iter().any(|b| takes_null(b))
        {
            return Some(Json::Null);
        }
        let branches: Vec<&Json> = branches.into_iter().filter(|b| !is_null(b)).collect();
        let wants: Vec<(&Json, Want<'a>)> = branches
            .iter()
            .map(|branch| (*branch, Schema::want(branch)))
            .collect();
        let chosen = chosen(&wants, node);
        let Some((branch, want)) = chosen else {
            self.wrong_type(schema, &wants, node);
            return None;
        };
        match (want, &node.value) {
            (Want::Struct(properties), Value::Map(map)) => {
                Some(self.structure(branch, properties, map, node.range))
            }
            (Want::Dictionary(schema), Value::Map(map)) => {
                let mut object = Map::new();
                for (key, (_, node)) in map {
                    let value = self.child(&escape(key), |r| r.kept(schema, node));
                    object.insert(key.clone(), value);
                }
                Some(Json::Object(object))
            }
            (Want::List(schema), Value::List(items)) => Some(Json::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, node)| self.child(&index.to_string(), |r| r.kept(schema, node)))
                    .collect(),
            )),
            (Want::Anything, _) => Some(anything(node)),
            (want, Value::Scalar(scalar)) => {
                let others = wants
                    .iter()
                    .filter(|(other, _)| !std::ptr::eq(*other, *branch));
                let others = others.map(|(other, want)| {
                    advice(self.schema, other, None).unwrap_or_else(|| describe(want))
                });
                let others: Vec<String> = others.collect();
                self.scalar(want, &others, scalar, node.range)
            }
            _ => None,
        }
    }

    /// A value that must stand: filled in when it is faulty.
    fn kept(&mut self, schema: &'a Json, node: &Node) -> Json {
        self.value(schema, node).unwrap_or_else(|| {
            self.damaged.insert(self.pointer.clone());
            self.schema.filler(schema, 0)
        })
    }

    fn structure(
        &mut self,
        schema: &'a Json,
        properties: &'a Map<String, Json>,
        map: &indexmap::IndexMap<String, (Range, Node)>,
        range: Range,
    ) -> Json {
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let mut object = Map::new();
        for (key, (key_range, node)) in map {
            let Some(schema) = properties.get(key) else {
                self.unknown_key(key, *key_range, properties, map);
                continue;
            };
            let must = required.contains(&key.as_str());
            let value = self.child(&escape(key), |r| {
                if must {
                    return Some(r.kept(schema, node));
                }
                let value = r.value(schema, node);
                if value.is_none() {
                    r.damaged.insert(r.pointer.clone());
                }
                value.filter(|value| !value.is_null())
            });
            object.extend(value.map(|value| (key.clone(), value)));
        }
        for key in required.into_iter().filter(|key| !map.contains_key(*key)) {
            let schema = &properties[key];
            let at = format!("{}/{}", self.pointer, escape(key));
            // A misspelt key is one fault, not two.
            if self.damaged.insert(at) {
                let start = map
                    .values()
                    .next()
                    .map_or((range.0, range.0), |(key, _)| *key);
                let place = if self.pointer.is_empty() || start.0 >= range.0 {
                    start
                } else {
                    range
                };
                self.fault(
                    "SLG-MANIFEST-005",
                    place,
                    format!("`{key}` is missing {}", self.here()),
                    advice(self.schema, schema, Some(key)).map_or_else(
                        || format!("add {key}"),
                        |advice| format!("add {key}: {advice}"),
                    ),
                );
            }
            object.insert(key.to_owned(), self.schema.filler(schema, 0));
        }
        Json::Object(object)
    }

    fn unknown_key(
        &mut self,
        key: &str,
        range: Range,
        properties: &Map<String, Json>,
        map: &indexmap::IndexMap<String, (Range, Node)>,
    ) {
        if self.faults.len() >= MOST {
            return;
        }
        let free = || {
            properties
                .keys()
                .map(String::as_str)
                .filter(|known| !map.contains_key(*known))
        };
        let near =
            similar(key, free()).or_else(|| similar(key, properties.keys().map(String::as_str)));
        let help = if let Some(known) = near {
            self.damaged
                .insert(format!("{}/{}", self.pointer, escape(known)));
            format!("did you mean `{known}`?")
        } else {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            format!("known here: {}", known.join(", "))
        };
        self.damaged
            .insert(format!("{}/{}", self.pointer, escape(key)));
        self.fault(
            "SLG-MANIFEST-001",
            range,
            format!("unknown key `{}` {}", shown(key), self.here()),
            help,
        );
    }

    /// A scalar; `others` says what else its place takes.
    fn scalar(
        &mut self,
        want: &Want<'_>,
        others: &[String],
        scalar: &Scalar,
        range: Range,
    ) -> Option<Json> {
        match want {
            Want::Text => {
                let read_as = match scalar.kind() {
                    Kind::Text | Kind::Null => return Some(Json::String(scalar.text.clone())),
                    Kind::Bool(_) => "true or false",
                    Kind::Integer | Kind::Float => "a number",
                };
                let name = self.pointer.rsplit('/').next().unwrap_or_default();
                let help = if crate::catalog::secret::looks_secret(name, &scalar.text).is_some() {
                    "put it into quotes".to_owned()
                } else {
                    format!("write \"{}\"", shown(&scalar.text))
                };
                self.fault(
                    "SLG-MANIFEST-002",
                    range,
                    format!("this is read as {read_as}; text is wanted"),
                    help,
                );
                Some(Json::String(scalar.text.clone()))
            }
            Want::Words(words) => {
                if words.contains(&scalar.text.as_str()) {
                    return Some(Json::String(scalar.text.clone()));
                }
                let help = similar(&scalar.text, words.iter().copied()).map_or_else(
                    || {
                        let others: String = others.iter().map(|o| format!(", or {o}")).collect();
                        format!("write {}{others}", one_of(words))
                    },
                    |word| format!("did you mean `{word}`?"),
                );
                self.fault(
                    "SLG-MANIFEST-007",
                    range,
                    format!("`{}` is not {}", shown(&scalar.text), one_of(words)),
                    help,
                );
                None
            }
            Want::Integer { least, most } => {
                let number = scalar
                    .integer()
                    .filter(|number| (*least..=*most).contains(number))
                    .and_then(|number| u64::try_from(number).ok());
                if let Some(number) = number {
                    return Some(number.into());
                }
                self.fault(
                    "SLG-MANIFEST-006",
                    range,
                    format!("`{}` is no number that fits here", shown(&scalar.text)),
                    format!("write a whole number from {least} to {most}, in decimal"),
                );
                None
            }
            Want::Bool => match scalar.kind() {
                Kind::Bool(value) => Some(Json::Bool(value)),
                _ => None,
            },
            _ => None,
        }
    }

    fn wrong_type(&mut self, schema: &'a Json, wants: &[(&Json, Want<'_>)], node: &Node) {
        let wanted: Vec<String> = wants.iter().map(|(_, want)| describe(want)).collect();
        let wanted = wanted.join(", or ");
        let (range, found) = match &node.value {
            Value::Scalar(scalar) => (
                node.range,
                match scalar.kind() {
                    Kind::Null => "nothing stands here".to_owned(),
                    Kind::Bool(_) => "this is true or false".to_owned(),
                    Kind::Integer | Kind::Float => "this is a number".to_owned(),
                    Kind::Text => "this is text".to_owned(),
                },
            ),
            Value::List(_) => (
                (node.range.0, node.range.0 + 1),
                "this is a list".to_owned(),
            ),
            Value::Map(map) => (
                map.values().next().map_or(node.range, |(key, _)| *key),
                "this is a mapping".to_owned(),
            ),
        };
        let unquoted = match (&node.value, wants) {
            (Value::Scalar(scalar), [(_, Want::Integer { .. })])
                if !scalar.plain && scalar.text.parse::<u64>().is_ok() =>
            {
                Some(format!("write {} without quotes", scalar.text))
            }
            (Value::Scalar(scalar), [(_, Want::Bool)])
                if matches!(scalar.text.as_str(), "yes" | "on" | "true") =>
            {
                Some("write true".to_owned())
            }
            (Value::Scalar(scalar), [(_, Want::Bool)])
                if matches!(scalar.text.as_str(), "no" | "off" | "false") =>
            {
                Some("write false".to_owned())
            }
            (Value::Scalar(scalar), [(_, Want::List(_))])
                if scalar.kind() == Kind::Text && scalar.text.len() < 60 =>
            {
                Some(format!("write [{}]", shown(&scalar.text)))
            }
            _ => None,
        };
        self.fault(
            "SLG-MANIFEST-006",
            range,
            format!("{found}; {wanted} is wanted"),
            unquoted.unwrap_or_else(|| {
                advice(self.schema, schema, None).map_or_else(
                    || format!("write {wanted}"),
                    |advice| format!("write {wanted}: {advice}"),
                )
            }),
        );
    }

    /// Where the reader stands, in words.
    fn here(&self) -> String {
        match self.pointer.strip_prefix('/') {
            None => "at the top level".to_owned(),
            Some(pointer) => {
                let path: Vec<String> = pointer
                    .split('/')
                    .map(|s| s.replace("~1", "/").replace("~0", "~"))
                    .collect();
                format!("in {}", shown(&path.join(".")))
            }
        }
    }

    fn child<T>(&mut self, segment: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(segment);
        let result = work(self);
        self.pointer.truncate(length);
        result
    }

    fn fault(&mut self, code: &'static str, range: Range, message: String, help: String) {
        if self.faults.len() < MOST {
            self.faults.push(Fault {
                code,
                pointer: self.pointer.clone(),
                range,
                message,
                help,
            });
        }
    }
}

/// The form that a node is of: of several mappings the one that knows most of its keys, the first of equals.
fn chosen<'w, 'a>(
    wants: &'w [(&'a Json, Want<'a>)],
    node: &Node,
) -> Option<&'w (&'a Json, Want<'a>)> {
    let known = |(_, want): &&(&Json, Want<'_>)| match (want, &node.value) {
        (Want::Struct(properties), Value::Map(map)) => {
            let near = |key: &&String| {
                properties.contains_key(*key)
                    || similar(key, properties.keys().map(String::as_str)).is_some()
            };
            let exact = map
                .keys()
                .filter(|key| properties.contains_key(*key))
                .count();
            2 * exact + map.keys().filter(near).count()
        }
        _ => 0,
    };
    let taking = wants.iter().filter(|(_, want)| takes(want, node));
    // The last of equals is taken: hence backwards.
    taking.rev().max_by_key(known)
}

/// A node as its own scalars say, for places that take any value.
fn anything(node: &Node) -> Json {
    match &node.value {
        Value::List(items) => items.iter().map(anything).collect(),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(key, (_, node))| (key.clone(), anything(node)))
                .collect(),
        ),
        Value::Scalar(scalar) => match scalar.kind() {
            Kind::Null => Json::Null,
            Kind::Bool(value) => Json::Bool(value),
            Kind::Integer => scalar
                .integer()
                .and_then(|n| i64::try_from(n).ok())
                .map_or_else(|| Json::String(scalar.text.clone()), Json::from),
            Kind::Float => scalar
                .text
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map_or_else(|| Json::String(scalar.text.clone()), Json::Number),
            Kind::Text => Json::String(scalar.text.clone()),
        },
    }
}

/// A value as a message shows it: short, on one line, and never a secret.
pub(crate) fn shown(text: &str) -> String {
    if crate::catalog::secret::known_form(text).is_some() {
        return "***".to_owned();
    }
    let mut out: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}
