//! A value that a declared JSON Schema takes.

use regex_lite::Regex;
use serde_json::{Map, Value as Json, json};

use super::schema::{DEEPEST, Schema, properties, required};

/// Texts among which one is looked for that a pattern takes.
const TEXTS: &[&str] = &[
    "a1",
    "abc",
    "A1",
    "ABC",
    "1",
    "1234",
    "12345678",
    "abcdefgh",
    "abc-123",
    "ABC-123",
    "a@example.com",
    "https://example.com/",
    "2026-03-01",
    "2026-03-01T03:00:00Z",
    "00000000-0000-4000-8000-000000000001",
    "0123456789abcdef0123456789abcdef",
    "+15550100",
    "EUR",
    "DE",
];

/// A value that a schema takes, as far as its usual keywords say.
pub(super) fn of(schema: &Schema) -> Option<Json> {
    object(&schema.root, 0)
}

/// The same of a schema that need not be one of objects.
pub(super) fn of_any(schema: &Json) -> Option<Json> {
    value(schema, 0)
}

fn value(schema: &Json, depth: usize) -> Option<Json> {
    match schema {
        Json::Object(map) => object(map, depth),
        _ => Some(Json::Null),
    }
}

fn object(map: &Map<String, Json>, depth: usize) -> Option<Json> {
    if depth > DEEPEST {
        return None;
    }
    let given = ["examples", "enum"]
        .iter()
        .find_map(|key| map.get(*key)?.get(0));
    if let Some(given) = map.get("const").or(given).or_else(|| map.get("default")) {
        return Some(given.clone());
    }
    match map.get("type").and_then(Json::as_str) {
        Some("object") => {
            let required = required(map);
            let mut object = Map::new();
            for (key, below) in properties(map) {
                if required.contains(key.as_str()) {
                    object.insert(key.clone(), value(below, depth + 1)?);
                }
            }
            Some(Json::Object(object))
        }
        Some("array") => {
            let least = map.get("minItems").and_then(Json::as_u64).unwrap_or(0);
            let count = usize::try_from(least.min(100)).ok()?;
            let item = |_| value(map.get("items").unwrap_or(&Json::Null), depth + 1);
            (0..count)
                .map(item)
                .collect::<Option<Vec<Json>>>()
                .map(Json::Array)
        }
        Some("string") => text(map).map(Json::String),
        Some("integer" | "number") => number(map),
        Some("boolean") => Some(Json::Bool(true)),
        Some("null") => Some(Json::Null),
        _ => None,
    }
}

fn text(map: &Map<String, Json>) -> Option<String> {
    let bound = |key: &str| {
        let bound = map.get(key).and_then(Json::as_u64);
        bound.and_then(|bound| usize::try_from(bound).ok())
    };
    let (least, most) = (
        bound("minLength").unwrap_or(0),
        bound("maxLength").unwrap_or(usize::MAX),
    );
    let by_format = match map.get("format").and_then(Json::as_str) {
        Some("date-time") => Some("2026-03-01T03:00:00Z"),
        Some("date") => Some("2026-03-01"),
        Some("time") => Some("03:00:00Z"),
        Some("email") => Some("a@example.com"),
        Some("uri") => Some("https://example.com/"),
        Some("uuid") => Some("00000000-0000-4000-8000-000000000001"),
        Some("ipv4") => Some("192.0.2.1"),
        _ => None,
    };
    let pattern = match map.get("pattern").and_then(Json::as_str) {
        Some(pattern) => Some(Regex::new(pattern).ok()?),
        None => None,
    };
    let fits = |text: &str| {
        let length = text.chars().count();
        (least..=most).contains(&length)
            && pattern
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(text))
    };
    if let Some(text) = by_format {
        return fits(text).then(|| text.to_owned());
    }
    let filled = ["a", "A", "1", "0"].map(|c| c.repeat(least.clamp(1, 1000)));
    let mut texts = TEXTS
        .iter()
        .copied()
        // What has a meaning stands for a pattern only.
        .filter(|text| pattern.is_some() || text.len() <= 12)
        .chain(filled.iter().map(String::as_str));
    texts.find(|text| fits(text)).map(str::to_owned)
}

fn number(map: &Map<String, Json>) -> Option<Json> {
    let bound = |key: &str| map.get(key).and_then(Json::as_f64);
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + 1.0));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| most - 1.0));
    let step = bound("multipleOf")
        .filter(|step| *step > 0.0)
        .unwrap_or(1.0);
    let start = least.unwrap_or_else(|| most.map_or(1.0, |most| most.min(1.0)));
    let value = (start / step).ceil() * step;
    if most.is_some_and(|most| value > most) || value.abs() > 1e15 {
        return None;
    }
    if value.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
        return Some(json!(value as i64));
    }
    Some(json!(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_what_the_schema_takes() {
        let schema = Schema::read(&json!({
            "type": "object", "additionalProperties": false, "required": ["id", "n", "lines", "when"],
            "properties": {
                "id": { "type": "string", "pattern": "^[A-Z]{3}-[0-9]+$" },
                "n": { "type": "number", "minimum": 2.5 },
                "when": { "type": "string", "format": "date" },
                "lines": { "type": "array", "minItems": 1, "items": {
                    "type": "object", "additionalProperties": false, "required": ["sku"],
                    "properties": { "sku": { "type": "string", "minLength": 20 } },
                } },
            },
        }).to_string(), "s.json", "/x")
        .ok()
        .unwrap();
        assert_eq!(
            of(&schema),
            Some(json!({
                "id": "ABC-123", "n": 3, "when": "2026-03-01",
                "lines": [{ "sku": "aaaaaaaaaaaaaaaaaaaa" }],
            }))
        );
    }
}
