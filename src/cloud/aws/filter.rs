//! What of a JSON Schema Lambda can hold messages against before a function runs: an event pattern
//! that is weaker than the schema, so that it never drops a message that the schema accepts.
//!
//! (`EventBridge` user guide, "Comparison operators"; Lambda developer guide, "Control which events
//! Lambda sends to your function".) Only what must be there is asked for, and only where the form
//! of the value is certain: `exists` sees no objects and arrays, numbers are exact between -5e9 and
//! 5e9, and beside a `$ref` other keywords may not hold.

use serde_json::{Map, Value as Json, json};

use super::builder::Builder;
use crate::service::model::Trigger;

/// Longest pattern of a filter (Lambda developer guide, "Event filtering basics").
const LONGEST_PATTERN: usize = 4096;

/// The pattern that messages must match to reach the function: `key` holds their content.
pub(super) fn mapping(
    builder: &mut Builder<'_>,
    trigger: &Trigger,
    key: &str,
    schema: &Json,
) -> Option<String> {
    let Some(content) = pattern(schema) else {
        nothing_to_check(builder, trigger);
        return None;
    };
    let pattern = json!({ key: content }).to_string();
    if pattern.len() > LONGEST_PATTERN {
        builder.problem(
            &format!("{}/filter", trigger.pointer),
            format!(
                "the filter would have {} characters; Lambda takes {LONGEST_PATTERN}",
                pattern.len()
            ),
            "remove filter: the handler checks the whole schema",
        );
    }
    Some(pattern)
}

/// The policy that a topic's messages must match to reach the function: as much of the pattern as SNS takes.
pub(super) fn subscription(
    builder: &mut Builder<'_>,
    trigger: &Trigger,
    schema: &Json,
) -> Option<String> {
    let policy = pattern(schema).and_then(|pattern| within_sns(&pattern));
    if policy.is_none() {
        nothing_to_check(builder, trigger);
    }
    policy.map(|policy| policy.to_string())
}

fn nothing_to_check(builder: &mut Builder<'_>, trigger: &Trigger) {
    builder.problem(
        &format!("{}/filter", trigger.pointer),
        "the schema asks for nothing that can be checked before the function runs",
        "require keys whose type is said, or remove filter: the handler checks it all",
    );
}

/// What of a pattern SNS takes: five keys, 150 combinations of values (each counted once a level), numbers to a
/// billion (SNS developer guide, "Filter policy constraints"). To ask for less drops no valid message.
fn within_sns(pattern: &Json) -> Option<Json> {
    const KEYS: usize = 5;
    const COMBINATIONS: usize = 150;
    const FURTHEST: i64 = 1_000_000_000;
    let mut kept = Map::new();
    let mut combinations = 1;
    // Nested keys count as their parents or as themselves, as one reads the guide: these are left out.
    for (key, asked) in pattern.as_object()? {
        let Json::Array(values) = asked else { continue };
        let far = |value: &Json| value.as_i64().is_some_and(|n| n.abs() > FURTHEST);
        let numeric = |value: &Json| {
            value["numeric"]
                .as_array()
                .is_some_and(|r| r.iter().any(far))
        };
        let values = if values.iter().any(numeric) {
            json!([{ "exists": true }])
        } else {
            json!(values)
        };
        let count = values.as_array().map_or(1, Vec::len);
        if kept.len() < KEYS && combinations * count <= COMBINATIONS {
            combinations *= count;
            kept.insert(key.clone(), values);
        }
    }
    (!kept.is_empty()).then_some(Json::Object(kept))
}

/// Numbers beyond are not compared.
const FURTHEST: i64 = 5_000_000_000;

/// Deeper schemas are weakened to what is above.
const DEEPEST: usize = 8;

/// The pattern of a message's body; `None` where the schema asks for nothing that Lambda can check.
pub(super) fn pattern(schema: &Json) -> Option<Json> {
    object(schema, DEEPEST).map(Json::Object)
}

fn object(schema: &Json, depth: usize) -> Option<Map<String, Json>> {
    let schema = schema.as_object()?;
    if schema.get("type") != Some(&json!("object")) || schema.contains_key("$ref") || depth == 0 {
        return None;
    }
    let properties = schema.get("properties")?.as_object()?;
    let required = schema.get("required")?.as_array()?.iter();
    let mut pattern = Map::new();
    for key in required.filter_map(Json::as_str) {
        if is_plain(key)
            && let Some(property) = properties.get(key)
            && let Some(matcher) = value(property, depth)
        {
            pattern.insert(key.to_owned(), matcher);
        }
    }
    (!pattern.is_empty()).then_some(pattern)
}

/// Keys that patterns take for nothing but a key.
fn is_plain(key: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    !key.is_empty() && key.bytes().all(plain)
}

fn value(schema: &Json, depth: usize) -> Option<Json> {
    let map = schema.as_object()?;
    if map.contains_key("$ref") {
        return None;
    }
    let words: Option<Vec<&str>> = match (map.get("const"), map.get("enum")) {
        (Some(one), _) => one.as_str().map(|one| vec![one]),
        (None, Some(Json::Array(all))) => all.iter().map(Json::as_str).collect(),
        _ => None,
    };
    if let Some(words) = words.filter(|words| !words.is_empty()) {
        return Some(json!(words));
    }
    match map.get("type")?.as_str()? {
        "object" => object(schema, depth - 1).map(Json::Object),
        "string" | "boolean" => Some(json!([{ "exists": true }])),
        "integer" | "number" => Some(number(map).unwrap_or_else(|| json!([{ "exists": true }]))),
        _ => None,
    }
}

/// Both bounds, as whole numbers that let no less through.
fn number(schema: &Map<String, Json>) -> Option<Json> {
    let bound = |keys: [&str; 2]| {
        let of = |key: &str| schema.get(key).and_then(Json::as_i64);
        let bound = of(keys[0]).or_else(|| of(keys[1]))?;
        (bound.abs() <= FURTHEST).then_some(bound)
    };
    let least = bound(["minimum", "exclusiveMinimum"])?;
    let most = bound(["maximum", "exclusiveMaximum"])?;
    (least <= most).then(|| json!([{ "numeric": [">=", least, "<=", most] }]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    /// Patterns as `EventBridge` documents them, as far as they are written here.
    fn matches(pattern: &Json, event: &Json) -> bool {
        let (Json::Object(pattern), Json::Object(event)) = (pattern, event) else {
            return false;
        };
        pattern.iter().all(|(key, asked)| match asked {
            Json::Object(_) => event.get(key).is_some_and(|value| matches(asked, value)),
            Json::Array(any) => any.iter().any(|one| leaf(one, event.get(key))),
            _ => false,
        })
    }

    fn leaf(asked: &Json, value: Option<&Json>) -> bool {
        let Some(value) = value else { return false };
        if let Json::Array(items) = value {
            return items.iter().any(|item| leaf(asked, Some(item)));
        }
        if value.is_object() {
            return false;
        }
        if let Some(range) = asked["numeric"].as_array() {
            let bounds = (range[1].as_f64().unwrap(), range[3].as_f64().unwrap());
            return value
                .as_f64()
                .is_some_and(|n| n >= bounds.0 && n <= bounds.1);
        }
        asked == &json!({ "exists": true }) || asked == value
    }

    #[test]
    fn what_must_be_there_is_asked_for() {
        let schema = json!({
            "type": "object",
            "required": ["id", "kind", "count", "open", "at", "tags", "ref", "$or", "big", "any"],
            "properties": {
                "id": { "type": "string", "pattern": "^[a-z]+$" },
                "kind": { "enum": ["new", "old"] },
                "count": { "type": "integer", "minimum": 1, "exclusiveMaximum": 10 },
                "open": { "type": "boolean" },
                "at": { "type": "object", "required": ["city"], "properties": { "city": { "const": "Ulm" } } },
                "tags": { "type": "array" },
                "ref": { "$ref": "#/$defs/x", "type": "string" },
                "$or": { "type": "string" },
                "big": { "type": "number", "minimum": 0, "maximum": 6e9 },
                "any": {},
                "note": { "type": "string" },
            },
        });
        let expected = json!({
            "id": [{ "exists": true }],
            "kind": ["new", "old"],
            "count": [{ "numeric": [">=", 1, "<=", 10] }],
            "open": [{ "exists": true }],
            "at": { "city": ["Ulm"] },
            "big": [{ "exists": true }],
        });
        assert_eq!(pattern(&schema), Some(expected));
        for nothing in [
            json!(true),
            json!({}),
            json!({ "required": ["a"], "properties": { "a": { "type": "string" } } }),
            json!({ "type": "object", "required": ["a"] }),
            json!({ "type": "object", "properties": { "a": { "type": "string" } } }),
            json!({ "type": ["object", "null"], "required": ["a"], "properties": { "a": { "type": "string" } } }),
        ] {
            assert_eq!(pattern(&nothing), None, "{nothing}");
        }
    }

    fn keys() -> impl Strategy<Value = String> {
        proptest::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned)
    }

    fn scalars() -> impl Strategy<Value = Json> {
        proptest::sample::select(vec![
            json!("x"),
            json!("y"),
            json!(""),
            json!(0),
            json!(1),
            json!(2.5),
            json!(7e9),
            json!(true),
            json!(false),
            json!(null),
        ])
    }

    fn instances() -> impl Strategy<Value = Json> {
        scalars().prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Json::Array),
                proptest::collection::btree_map(keys(), inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    fn schemas() -> impl Strategy<Value = Json> {
        let kinds = proptest::sample::select(vec![
            json!({}),
            json!(true),
            json!({ "type": "string" }),
            json!({ "type": "string", "minLength": 1 }),
            json!({ "type": "boolean" }),
            json!({ "type": "array" }),
            json!({ "type": "number" }),
            json!({ "type": "number", "minimum": 0 }),
            json!({ "type": "number", "minimum": 0, "maximum": 7_000_000_000_i64 }),
            json!({ "type": "integer", "minimum": -1, "maximum": 2 }),
            json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 3 }),
            json!({ "type": ["string", "null"] }),
            json!({ "enum": ["x", "y"] }),
            json!({ "enum": ["x", 1, null] }),
            json!({ "const": "x" }),
            json!({ "const": 1 }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "object" }] }),
            json!({ "type": "object" }),
        ]);
        kinds.prop_recursive(3, 16, 3, |inner| {
            let properties = proptest::collection::btree_map(keys(), inner, 0..4);
            let required = proptest::collection::btree_set(keys(), 0..3);
            (properties, required).prop_map(|(properties, required)| {
                json!({ "type": "object", "properties": properties, "required": required })
            })
        })
    }

    /// Mostly what a schema accepts, sometimes anything.
    fn messages(schema: &Json) -> BoxedStrategy<Json> {
        let accepted: Vec<Json> = {
            let validator = jsonschema::validator_for(schema).unwrap();
            let scalars = [
                json!("x"),
                json!("y"),
                json!(0),
                json!(1),
                json!(2.5),
                json!(7e9),
                json!(true),
                json!(null),
                json!({}),
                json!(["x", 1]),
            ];
            let fit = scalars.into_iter().filter(|one| validator.is_valid(one));
            fit.collect()
        };
        let named = |key: &str| schema[key].as_array().cloned().unwrap_or_default();
        let required = named("required");
        let mut parts: Vec<BoxedStrategy<Option<(String, Json)>>> = Vec::new();
        for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
            let name = key.clone();
            let part = messages(inner).prop_map(move |value| (name.clone(), value));
            let always = required.contains(&json!(key));
            let often = if always { 0.95 } else { 0.5 };
            parts.push(proptest::option::weighted(often, part).boxed());
        }
        for key in required.iter().filter_map(Json::as_str) {
            if schema["properties"][key].is_null() {
                let name = key.to_owned();
                let part = scalars().prop_map(move |value| Some((name.clone(), value)));
                parts.push(part.boxed());
            }
        }
        if !parts.is_empty() {
            let object =
                parts.prop_map(|parts| json!(parts.into_iter().flatten().collect::<Map<_, _>>()));
            return prop_oneof![9 => object, 1 => instances()].boxed();
        }
        if accepted.is_empty() {
            return instances().boxed();
        }
        prop_oneof![9 => proptest::sample::select(accepted), 1 => instances()].boxed()
    }

    fn pairs() -> impl Strategy<Value = (Json, Json)> {
        schemas().prop_flat_map(|schema| {
            let message = messages(&schema);
            (Just(schema), message)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// What the schema accepts is never dropped.
        #[test]
        fn a_valid_message_matches((schema, message) in pairs()) {
            let validator = jsonschema::validator_for(&schema).unwrap();
            if let Some(pattern) = pattern(&schema) && validator.is_valid(&message) {
                prop_assert!(matches(&pattern, &message), "{pattern} on {message}");
            }
        }
    }

    /// The property is not true of nothing.
    #[test]
    fn many_valid_messages_meet_a_pattern() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut met = 0;
        for _ in 0..4000 {
            let (schema, message) = pairs().new_tree(&mut runner).unwrap().current();
            let valid = jsonschema::validator_for(&schema)
                .unwrap()
                .is_valid(&message);
            met += u32::from(valid && pattern(&schema).is_some());
        }
        assert!(met > 200, "{met}");
    }
}
