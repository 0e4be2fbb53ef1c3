//! What handlers in Go check of a JSON Schema: their validator needs the standard library alone, and refuses to
//! start with what it does not understand.

use regex_lite::Regex;
use serde_json::Value as Json;

/// Keywords of JSON Schema that the template's validator checks or knows to say nothing.
const KEYWORDS: &[&str] = &[
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "default",
    "dependentRequired",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];
const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uri",
    "uuid",
];

/// Whether the handler's validator understands a schema; what it does not, it would refuse to start with.
///
/// # Errors
/// Where, what is not understood there, and what would be.
pub(super) fn understood(schema: &Json, at: &str) -> Result<(), (String, &'static str)> {
    let Json::Object(map) = schema else {
        return Ok(());
    };
    for (key, value) in map {
        let at = format!("{at}/{key}");
        match (key.as_str(), value) {
            (key, _) if !KEYWORDS.contains(&key) => {
                return Err((
                    format!("{at} is a keyword that handlers in Go do not check"),
                    "say it by other keywords, or choose another language",
                ));
            }
            ("format", Json::String(name)) if !FORMATS.contains(&name.as_str()) => {
                return Err((
                    format!("{at} is a format that handlers in Go do not check"),
                    "say it by a pattern",
                ));
            }
            ("pattern", Json::String(pattern)) => simple(pattern, &at)?,
            ("$defs" | "properties" | "patternProperties", Json::Object(all)) => {
                for (name, below) in all {
                    if key == "patternProperties" {
                        simple(name, &at)?;
                    }
                    understood(below, &format!("{at}/{name}"))?;
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Json::Array(all)) => {
                for (index, below) in all.iter().enumerate() {
                    understood(below, &format!("{at}/{index}"))?;
                }
            }
            (
                "additionalProperties"
                | "contains"
                | "else"
                | "if"
                | "items"
                | "not"
                | "propertyNames"
                | "then",
                below,
            ) => understood(below, &at)?,
            _ => {}
        }
    }
    Ok(())
}

/// Go's regular expressions look neither ahead nor back, as those of Rust.
fn simple(pattern: &str, at: &str) -> Result<(), (String, &'static str)> {
    match Regex::new(pattern) {
        Ok(_) => Ok(()),
        Err(_) => Err((
            format!("{at} is no pattern that Go reads"),
            "write it without looking ahead or back and without references",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    const SCHEMA: &str = include_str!("../../templates/handlers/go/edge/schema.go");
    const FORMATTED: &str = include_str!("../../templates/handlers/go/edge/formats.go");

    /// What is between quotes in a template.
    fn quoted(text: &str) -> BTreeSet<&str> {
        text.split('"').skip(1).step_by(2).collect()
    }

    #[test]
    fn what_is_understood_is_what_the_template_checks() {
        let (_, keywords) = SCHEMA.split_once("var keywords").unwrap();
        let (keywords, _) = keywords.split_once("\n}\n").unwrap();
        assert_eq!(quoted(keywords), KEYWORDS.iter().copied().collect());
        let (_, formats) = FORMATTED.split_once("var formats").unwrap();
        let names: BTreeSet<&str> = formats
            .lines()
            .filter_map(|line| line.strip_prefix("\t\"")?.split('"').next())
            .collect();
        assert_eq!(names, FORMATS.iter().copied().collect());
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_place() {
        for (schema, place) in [
            (
                json!({ "properties": { "a": { "unevaluatedProperties": false } } }),
                "/properties/a/unevaluatedProperties is a keyword",
            ),
            (
                json!({ "items": { "format": "regex" } }),
                "/items/format is a format",
            ),
            (
                json!({ "anyOf": [true, { "pattern": "(?=a)b" }] }),
                "/anyOf/1/pattern is no pattern",
            ),
        ] {
            let (message, _) = understood(&schema, "").unwrap_err();
            assert!(message.starts_with(place), "{message}");
        }
        let fine = json!({ "properties": { "unevaluatedItems": { "pattern": "^a$" } } });
        assert_eq!(understood(&fine, ""), Ok(()));
    }
}
