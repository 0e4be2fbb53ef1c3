//! Answers as the provider's state would have them: types, blocks and sets by the provider's schema.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::graph::schema::{Block, NestedBlock, Nesting};
use crate::graph::types::Extra;
use crate::graph::{Kind, Value, schema};

/// Key of a map that stands for a value left out.
pub(super) const REDACTED: &str = "$redacted";

/// Attributes of a resource type. Text that a service gives for a number or a truth value becomes one, null stays.
///
/// # Errors
/// The attribute that the provider's schema does not have, or that is not of its type.
pub(super) fn attributes(kind: &str, json: &Json) -> Result<BTreeMap<String, Value>, String> {
    let schema = schema::resource(kind, false)
        .ok_or_else(|| format!("{kind} is no resource type of the provider's extract"))?;
    block(&schema.block, json)
}

fn block(schema: &Block, json: &Json) -> Result<BTreeMap<String, Value>, String> {
    let entries = json.as_object().ok_or("a map is required")?;
    let mut attributes = BTreeMap::new();
    for (name, json) in entries {
        let value = if let Some(attribute) = schema.attributes.get(name) {
            attribute
                .kind
                .convert(plain(json)?, Extra::Drop)
                .map_err(|e| format!("{name}: {e}"))?
                .marked(attribute.sensitive)
        } else if let Some(nested) = schema.blocks.get(name) {
            blocks(nested, json).map_err(|e| format!("{name}.{e}"))?
        } else {
            return Err(format!("{name}: no such attribute"));
        };
        attributes.insert(name.clone(), value);
    }
    Ok(attributes)
}

fn blocks(schema: &NestedBlock, json: &Json) -> Result<Value, String> {
    let one = |json: &Json| block(&schema.block, json).map(|b| Value::from(Kind::Map(b)));
    if schema.nesting == Nesting::Single {
        return if json.is_null() {
            Ok(Value::null())
        } else {
            one(json)
        };
    }
    let items = match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().map(one).collect::<Result<_, _>>()?,
        json => vec![one(json)?],
    };
    Ok(if schema.nesting == Nesting::Set {
        Value::set(items)
    } else {
        Kind::List(items).into()
    })
}

/// A JSON value as it is; `{"$redacted": true}` is a sensitive value that nobody knows.
fn plain(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::null(),
        Json::Bool(b) => Kind::Bool(*b).into(),
        Json::Number(n) => Value::number(n.as_f64().unwrap_or(f64::NAN))
            .ok_or_else(|| "a finite number is required".to_owned())?,
        Json::String(text) => Value::string(text.clone()),
        Json::Array(items) => Kind::List(items.iter().map(plain).collect::<Result<_, _>>()?).into(),
        Json::Object(map) if is_redacted(json) && map.len() == 1 => redacted(),
        Json::Object(map) => Kind::Map(
            map.iter()
                .map(|(name, json)| Ok::<_, String>((name.clone(), plain(json)?)))
                .collect::<Result<_, _>>()?,
        )
        .into(),
    })
}

fn is_redacted(json: &Json) -> bool {
    json.get(REDACTED) == Some(&Json::Bool(true))
}

/// A value that was left out where it was read.
pub(super) fn redacted() -> Value {
    Value::symbol("redacted").marked(true)
}

/// Marks values of environment variables: the provider does not, and they are not for showing.
pub(super) fn without_values(
    kind: &str,
    mut attributes: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    if kind == "aws_lambda_function"
        && let Some(environment) = attributes.get_mut("environment")
        && let Kind::List(blocks) = &mut environment.kind
    {
        for block in blocks {
            if let Kind::Map(block) = &mut block.kind
                && let Some(variables) = block.get_mut("variables")
                && let Kind::Map(variables) = &mut variables.kind
            {
                for value in variables.values_mut() {
                    value.sensitive = true;
                }
            }
        }
    }
    attributes
}

/// The same without what is sensitive, at any depth.
pub(super) fn redact(value: Value) -> Value {
    if value.sensitive {
        return redacted();
    }
    match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(redact).collect()).into(),
        Kind::Set(items) => Value::set(items.into_iter().map(redact).collect()),
        Kind::Map(map) => Kind::Map(map.into_iter().map(|(k, v)| (k, redact(v))).collect()).into(),
        kind => kind.into(),
    }
}

/// The reverse of [`attributes`]: sensitive values and unknown ones are left out.
pub(super) fn json(value: &Value) -> Json {
    if value.sensitive {
        return serde_json::json!({ REDACTED: true });
    }
    match &value.kind {
        Kind::Null => Json::Null,
        Kind::Bool(b) => (*b).into(),
        Kind::Number(n) => Json::Number(n.clone()),
        Kind::String(text) => text.clone().into(),
        Kind::List(items) | Kind::Set(items) => items.iter().map(json).collect(),
        Kind::Map(map) => Json::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), json(value)))
                .collect(),
        ),
        Kind::Template(_) | Kind::Symbol(_) => serde_json::json!({ REDACTED: true }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_becomes_what_the_schema_says_and_blocks_become_lists() {
        let found = attributes(
            "aws_sqs_queue",
            &json!({"name": "jobs", "sqs_managed_sse_enabled": "true", "message_retention_seconds": "60"}),
        )
        .unwrap();
        assert_eq!(found["sqs_managed_sse_enabled"].as_bool(), Some(true));
        assert_eq!(found["message_retention_seconds"].as_u64(), Some(60));
        let function = attributes(
            "aws_lambda_function",
            &json!({"vpc_config": {"subnet_ids": ["b", "a", "b"]}, "dead_letter_config": null}),
        )
        .unwrap();
        let subnets = function["vpc_config"].sole().get("subnet_ids").unwrap();
        assert_eq!(subnets.source(), r#"toset(["a", "b"])"#);
        assert_eq!(function["dead_letter_config"].elements(), Some(&[][..]));
    }

    #[test]
    fn what_the_provider_has_no_attribute_for_is_refused() {
        let refused = attributes("aws_sqs_queue", &json!({"nmae": "jobs"}));
        assert_eq!(refused, Err("nmae: no such attribute".to_owned()));
        let refused = attributes("aws_sqs_queue", &json!({"delay_seconds": "soon"}));
        assert!(refused.unwrap_err().starts_with("delay_seconds: "));
        assert!(attributes("aws_sqs_queues", &json!({})).is_err());
    }

    #[test]
    fn what_is_sensitive_or_unknown_never_becomes_json() {
        let value = Kind::List(vec![
            Value::string("open"),
            Value::string("hunter2").marked(true),
            Value::symbol("x"),
        ]);
        let text = json(&value.into()).to_string();
        assert_eq!(text, r#"["open",{"$redacted":true},{"$redacted":true}]"#);
    }
}
