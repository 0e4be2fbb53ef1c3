//! What a JSON Schema wants, as far as the schemas of the model need it.

use serde_json::{Map, Value as Json};

use super::scalar::Kind;
use super::tree::{Node, Value};

/// The root of a schema: where its references lead.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a>(pub(super) &'a Json);

/// What a schema wants, as far as the model needs it.
pub(super) enum Want<'a> {
    Text,
    Words(Vec<&'a str>),
    Integer {
        least: i128,
        most: i128,
    },
    Bool,
    List(&'a Json),
    /// Keys of fixed names.
    Struct(&'a Map<String, Json>),
    /// Keys of any name.
    Dictionary(&'a Json),
    Anything,
}

impl<'a> Schema<'a> {
    /// A value that fits a schema, for the place of one that does not.
    pub(super) fn filler(self, schema: &'a Json, depth: usize) -> Json {
        let branches = self.branches(schema);
        if branches.iter().any(|b| takes_null(b)) {
            return Json::Null;
        }
        let Some(branch) = branches.last() else {
            return Json::Null;
        };
        match Self::want(branch) {
            Want::Text => Json::String(String::new()),
            Want::Words(words) => Json::String((*words.first().unwrap_or(&"")).to_owned()),
            Want::Integer { least, .. } => u64::try_from(least).unwrap_or_default().into(),
            Want::Bool => Json::Bool(false),
            Want::List(_) => Json::Array(Vec::new()),
            Want::Dictionary(_) => Json::Object(Map::new()),
            Want::Struct(properties) if depth < 8 => Json::Object(
                branch["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Json::as_str)
                    .map(|key| (key.to_owned(), self.filler(&properties[key], depth + 1)))
                    .collect(),
            ),
            Want::Struct(_) | Want::Anything => Json::Null,
        }
    }

    /// The alternatives of a schema, references followed.
    pub(super) fn branches(self, schema: &'a Json) -> Vec<&'a Json> {
        let schema = self.follow(schema);
        match schema["anyOf"].as_array() {
            Some(list) => list.iter().flat_map(|s| self.branches(s)).collect(),
            None => vec![schema],
        }
    }

    /// Whether a schema takes values of several forms.
    pub(super) fn is_choice(self, schema: &'a Json) -> bool {
        let forms = self.branches(schema);
        forms.into_iter().filter(|form| !is_null(form)).count() > 1
    }

    fn follow(self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        while let Some(next) = schema["$ref"]
            .as_str()
            .and_then(|reference| self.0.pointer(reference.strip_prefix('#')?))
        {
            schema = next;
        }
        schema
    }

    pub(super) fn want(schema: &'a Json) -> Want<'a> {
        let words: Vec<&str> = schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|word| word["const"].as_str())
            .chain(
                schema["enum"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Json::as_str),
            )
            .collect();
        if !words.is_empty() {
            return Want::Words(words);
        }
        let kind = match &schema["type"] {
            Json::Array(list) => list
                .iter()
                .filter_map(Json::as_str)
                .find(|kind| *kind != "null"),
            kind => kind.as_str(),
        };
        match kind {
            Some("string") => Want::Text,
            Some("integer") => Want::Integer {
                least: schema["minimum"].as_i64().unwrap_or(0).into(),
                most: match schema["format"].as_str() {
                    Some("uint8") => u8::MAX.into(),
                    Some("uint16") => u16::MAX.into(),
                    Some("uint32") => u32::MAX.into(),
                    _ => i64::MAX.into(),
                },
            },
            Some("boolean") => Want::Bool,
            Some("array") => Want::List(&schema["items"]),
            Some("object") => match (&schema["properties"], &schema["additionalProperties"]) {
                (Json::Object(properties), _) => Want::Struct(properties),
                (_, other) => Want::Dictionary(other),
            },
            _ => Want::Anything,
        }
    }

    /// The first example that the model gives.
    fn example(self, schema: &'a Json) -> Option<String> {
        [schema, self.follow(schema)]
            .into_iter()
            .find_map(|s| s["examples"].get(0))
            .map(flow)
    }

    /// The first sentence of what the model says about a key.
    pub(super) fn about(self, schema: &'a Json) -> String {
        let text = [schema, self.follow(schema)]
            .into_iter()
            .find_map(|s| s["description"].as_str())
            .unwrap_or_default();
        let sentence = text.split("\n\n").next().unwrap_or(text).replace('\n', " ");
        sentence.trim_end_matches('.').to_owned()
    }
}

/// What to write: the first example of the model, and what the model says about the key.
pub(super) fn advice(schema: Schema<'_>, of: &Json, key: Option<&str>) -> Option<String> {
    let about = schema.about(of);
    let example = schema.example(of).map(|value| match key {
        Some(key) => format!("`{key}: {value}`"),
        None => format!("`{value}`"),
    });
    match (example, about.is_empty()) {
        (Some(example), true) => Some(format!("for example {example}")),
        (Some(example), false) => Some(format!("{about}; for example {example}")),
        (None, true) => None,
        (None, false) => Some(about),
    }
}

/// A value as YAML writes it on one line.
fn flow(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", flow(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Json::String(text) if plain(text) => text.clone(),
        scalar => scalar.to_string(),
    }
}

/// Whether YAML reads a text without quotes as that text, wherever it stands.
fn plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./@".contains(c))
}

/// Whether a node is of the type that is wanted; its content comes later.
pub(super) fn takes(want: &Want<'_>, node: &Node) -> bool {
    match (&node.value, want) {
        (_, Want::Anything)
        | (Value::Map(_), Want::Struct(_) | Want::Dictionary(_))
        | (Value::List(_), Want::List(_)) => true,
        (Value::Scalar(scalar), Want::Text | Want::Words(_)) => scalar.kind() != Kind::Null,
        (Value::Scalar(scalar), Want::Integer { .. }) => {
            matches!(scalar.kind(), Kind::Integer | Kind::Float)
        }
        (Value::Scalar(scalar), Want::Bool) => matches!(scalar.kind(), Kind::Bool(_)),
        _ => false,
    }
}

/// Whether a schema takes nothing but null.
pub(super) fn is_null(schema: &Json) -> bool {
    schema["type"] == "null"
}

pub(super) fn takes_null(schema: &Json) -> bool {
    let listed = schema["type"].as_array();
    is_null(schema) || listed.is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
}

/// What is wanted, in words.
pub(super) fn describe(want: &Want<'_>) -> String {
    match want {
        Want::Text => "text".to_owned(),
        Want::Words(words) => one_of(words),
        Want::Integer { .. } => "a whole number".to_owned(),
        Want::Bool => "true or false".to_owned(),
        Want::List(_) => "a list".to_owned(),
        Want::Struct(properties) if properties.len() < 4 => {
            let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
            format!("a mapping of {}", keys.join(", "))
        }
        Want::Struct(_) | Want::Dictionary(_) => "a mapping".to_owned(),
        Want::Anything => "a value".to_owned(),
    }
}

/// Words as a sentence has them.
pub(super) fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [word] => format!("`{word}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}
