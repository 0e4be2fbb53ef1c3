//! A declared JSON Schema: whether a handler can rely on it, and the types it stands for.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::names::Names;
use super::{Fault, Language, keywords};

/// The dialect that the validators of every language read.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Most levels of a schema.
pub(super) const DEEPEST: usize = 32;

/// A schema that a handler can rely on.
pub(super) struct Schema {
    /// As it is written.
    pub(super) text: String,
    pub(super) root: Map<String, Json>,
}

/// A record type.
pub(super) struct Record {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// Where fields beyond those declared may be, the name of what holds them.
    pub(super) rest: Option<String>,
}

/// A field of a record type.
pub(super) struct Field {
    pub(super) key: String,
    /// An identifier, once in its record.
    pub(super) name: String,
    pub(super) required: bool,
    /// An expression made of identifiers.
    pub(super) kind: String,
}

impl Schema {
    /// Reads a schema; `at` is the manifest's line that names it, `file` its path.
    pub(super) fn read(text: &str, file: &str, at: &str) -> Result<Self, Fault> {
        let fault =
            |message: String, help: &str| Fault::new(at, format!("{file}: {message}"), help);
        let root: Json = serde_json::from_str(text).map_err(|error| {
            fault(
                format!("is no JSON: {error}"),
                "write a JSON Schema (2020-12)",
            )
        })?;
        let Json::Object(root) = root else {
            return Err(fault(
                "is no object".into(),
                "write a JSON Schema (2020-12)",
            ));
        };
        if root
            .get("$schema")
            .is_some_and(|dialect| dialect != DIALECT)
        {
            let message = "is written for another dialect than 2020-12".to_owned();
            return Err(fault(message, &format!("write it for {DIALECT}")));
        }
        if root.get("type").and_then(Json::as_str) != Some("object")
            || !root.get("properties").is_some_and(Json::is_object)
        {
            return Err(fault(
                "does not declare an object".into(),
                "give it \"type\": \"object\" and properties, so that its parts have names",
            ));
        }
        reliable(&Json::Object(root.clone()), "", false, 0)
            .map_err(|(message, help)| fault(message, help))?;
        Ok(Self {
            text: text.to_owned(),
            root,
        })
    }

    /// Whether a handler in Go can check it.
    pub(super) fn in_go(&self, file: &str, at: &str) -> Result<(), Fault> {
        keywords::understood(&Json::Object(self.root.clone()), "")
            .map_err(|(message, help)| Fault::new(at, format!("{file}: {message}"), help))
    }

    /// Names of the properties that are always there, as text.
    pub(super) fn required_texts(&self) -> BTreeSet<&str> {
        let required = required(&self.root);
        properties(&self.root)
            .filter(|(key, value)| required.contains(key.as_str()) && value["type"] == "string")
            .map(|(key, _)| key.as_str())
            .collect()
    }

    /// Whether it declares a property.
    pub(super) fn has(&self, name: &str) -> bool {
        properties(&self.root).any(|(key, _)| key == name)
    }

    /// Its record types, each after those it uses; the last is the whole and has the given name.
    pub(super) fn records(&self, language: Language, name: &str, names: &mut Names) -> Vec<Record> {
        let mut records = Vec::new();
        record(&self.root, language, name, names, &mut records);
        records
    }
}

pub(super) fn required(schema: &Map<String, Json>) -> BTreeSet<&str> {
    let names = schema.get("required").and_then(Json::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

pub(super) fn properties(schema: &Map<String, Json>) -> impl Iterator<Item = (&String, &Json)> {
    schema
        .get("properties")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
}

/// Whether nothing undeclared passes and nothing outside the file is needed.
fn reliable(
    schema: &Json,
    at: &str,
    closed_above: bool,
    depth: usize,
) -> Result<(), (String, &'static str)> {
    if depth > DEEPEST {
        return Err((format!("{at} is nested too deep"), "flatten it"));
    }
    let Json::Object(map) = schema else {
        return Ok(());
    };
    for key in ["$ref", "$dynamicRef"] {
        if let Some(target) = map.get(key)
            && !target
                .as_str()
                .is_some_and(|target| target.starts_with('#'))
        {
            return Err((
                format!("{at}/{key} leads out of the file"),
                "put what it refers to under $defs: a handler fetches nothing",
            ));
        }
    }
    let closed = map.contains_key("additionalProperties")
        || map.contains_key("unevaluatedProperties")
        || closed_above;
    let is_object = map.contains_key("properties") || map.get("type") == Some(&json!("object"));
    if is_object && !closed {
        let place = if at.is_empty() { "its object" } else { at };
        return Err((
            format!("{place} takes unknown fields"),
            "add \"additionalProperties\": false there",
        ));
    }
    let closed = map.contains_key("unevaluatedProperties") || closed_above;
    for (key, value) in map {
        let at = format!("{at}/{key}");
        match (key.as_str(), value) {
            (
                "properties" | "patternProperties" | "$defs" | "dependentSchemas",
                Json::Object(all),
            ) => {
                // A dependent schema is about the same object, the others about values of their own.
                let same = key == "dependentSchemas" && closed;
                for (name, value) in all {
                    reliable(value, &format!("{at}/{name}"), same, depth + 1)?;
                }
            }
            ("allOf" | "anyOf" | "oneOf", Json::Array(all)) => {
                for (index, value) in all.iter().enumerate() {
                    reliable(value, &format!("{at}/{index}"), closed, depth + 1)?;
                }
            }
            ("prefixItems", Json::Array(all)) => {
                for (index, value) in all.iter().enumerate() {
                    reliable(value, &format!("{at}/{index}"), false, depth + 1)?;
                }
            }
            ("if" | "then" | "else", value) => reliable(value, &at, closed, depth + 1)?,
            // A schema that must not hold may be as open as it likes.
            ("not", value) => reliable(value, &at, true, depth + 1)?,
            ("items" | "contains" | "additionalProperties" | "unevaluatedProperties", value) => {
                reliable(value, &at, false, depth + 1)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn record(
    schema: &Map<String, Json>,
    language: Language,
    name: &str,
    names: &mut Names,
    records: &mut Vec<Record>,
) {
    let required = required(schema);
    let mut own = Names::new(language);
    let fields = properties(schema)
        .map(|(key, value)| Field {
            key: key.clone(),
            name: own.field(key),
            required: required.contains(key.as_str()),
            kind: kind(value, language, &format!("{name} {key}"), names, records),
        })
        .collect();
    let is_closed = schema.get("additionalProperties") == Some(&Json::Bool(false))
        && !schema.contains_key("patternProperties");
    records.push(Record {
        name: name.to_owned(),
        fields,
        rest: (!is_closed).then(|| own.field("rest")),
    });
}

fn kind(
    schema: &Json,
    language: Language,
    name: &str,
    names: &mut Names,
    records: &mut Vec<Record>,
) -> String {
    let words = words(language);
    let Json::Object(map) = schema else {
        return words.any.to_owned();
    };
    match map.get("type").and_then(Json::as_str) {
        Some("string") => words.string.to_owned(),
        Some("integer") => words.integer.to_owned(),
        Some("number") => words.number.to_owned(),
        Some("boolean") => words.boolean.to_owned(),
        Some("array") => {
            let items = map.get("items").unwrap_or(&Json::Null);
            let items = kind(items, language, &format!("{name} item"), names, records);
            let (before, after) = words.list;
            format!("{before}{items}{after}")
        }
        Some("object") if map.contains_key("properties") => {
            let name = names.class(name);
            record(map, language, &name, names, records);
            name
        }
        _ => words.any.to_owned(),
    }
}

/// A language's words for the types of JSON Schema.
struct Words {
    any: &'static str,
    string: &'static str,
    integer: &'static str,
    number: &'static str,
    boolean: &'static str,
    /// Before and after the type of its items.
    list: (&'static str, &'static str),
}

fn words(language: Language) -> Words {
    match language {
        Language::Python => Words {
            any: "Any",
            string: "str",
            integer: "int",
            number: "int | Decimal",
            boolean: "bool",
            list: ("list[", "]"),
        },
        Language::Typescript => Words {
            any: "unknown",
            string: "string",
            integer: "number",
            number: "number",
            boolean: "boolean",
            list: ("Array<", ">"),
        },
        Language::Go => Words {
            any: "any",
            string: "string",
            integer: "int64",
            number: "json.Number",
            boolean: "bool",
            list: ("[]", ""),
        },
        Language::Rust => Words {
            any: "Value",
            string: "String",
            integer: "i64",
            number: "Number",
            boolean: "bool",
            list: ("Vec<", ">"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(schema: &Json) -> Result<Schema, Fault> {
        Schema::read(&schema.to_string(), "s.json", "/x")
    }

    #[test]
    fn what_a_handler_cannot_rely_on_is_refused() {
        let open = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        let with = |below: Json| json!({ "type": "object", "additionalProperties": false, "properties": { "a": below } });
        for (schema, expected) in [
            (open.clone(), "its object takes unknown fields"),
            (with(open.clone()), "/properties/a takes unknown fields"),
            (
                with(json!({ "type": "array", "items": open })),
                "/properties/a/items takes",
            ),
            (
                with(json!({ "$ref": "https://example.com/x.json" })),
                "leads out of the file",
            ),
            (json!({ "type": "array" }), "does not declare an object"),
            (json!([]), "is no object"),
            (
                json!({ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object" }),
                "another dialect",
            ),
        ] {
            let fault = read(&schema).err().unwrap();
            assert!(fault.message.contains(expected), "{}", fault.message);
            assert!(fault.message.starts_with("s.json: "));
        }
        let fault = Schema::read("{", "s.json", "/x").err().unwrap();
        assert!(fault.message.contains("is no JSON"));
        assert!(
            read(&with(
                json!({ "type": "object", "additionalProperties": { "type": "string" } })
            ))
            .is_ok()
        );
        let composed = json!({
            "type": "object", "unevaluatedProperties": false, "properties": {},
            "allOf": [open],
        });
        assert!(read(&composed).is_ok());
    }

    #[test]
    fn types() {
        let schema = read(&json!({
            "type": "object", "additionalProperties": false, "required": ["id", "n", "lines", "when"],
            "properties": {
                "id": { "type": "string", "pattern": "^[A-Z]{3}-[0-9]+$" },
                "n": { "type": "number", "minimum": 2.5 },
                "when": { "type": "string", "format": "date" },
                "lines": { "type": "array", "minItems": 1, "items": {
                    "type": "object", "additionalProperties": false, "required": ["sku"],
                    "properties": { "sku": { "type": "string", "minLength": 20 }, "gift": { "type": "boolean" } },
                } },
                "a\"b": {},
            },
        }))
        .ok()
        .unwrap();
        let mut names = Names::new(Language::Python);
        let records = schema.records(Language::Python, "Order", &mut names);
        let shown: Vec<String> = records
            .iter()
            .flat_map(|r| {
                r.fields
                    .iter()
                    .map(move |f| format!("{}.{}: {} {}", r.name, f.key, f.kind, f.required))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "OrderLinesItem.sku: str true",
                "OrderLinesItem.gift: bool false",
                "Order.id: str true",
                "Order.n: int | Decimal true",
                "Order.when: str true",
                "Order.lines: list[OrderLinesItem] true",
                "Order.a\"b: Any false",
            ]
        );
        assert_eq!(
            schema.required_texts().into_iter().collect::<Vec<_>>(),
            ["id", "when"]
        );
    }
}
