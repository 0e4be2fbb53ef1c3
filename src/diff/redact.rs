//! What of a value may be shown. Nothing of a finding is made but through here, so that no output
//! can hold what it must not.

use serde::Serialize;

use super::path;
use crate::catalog::secret;
use crate::graph::{Kind, Value, schema};

/// Longest text that is shown of one value, in characters.
const LONGEST: usize = 400;

/// A value as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shown {
    /// Its text; empty when redacted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Whether it is held back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// Whether it is known only after apply, wholly or in part.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

/// Attributes that hold what nobody may see, whatever the provider marks (it does not mark the
/// values of environment variables).
const HIDDEN: [(&str, &str); 14] = [
    ("*", "environment.variables."),
    ("aws_secretsmanager_secret_version", "secret_string"),
    ("aws_secretsmanager_secret_version", "secret_binary"),
    ("aws_ssm_parameter", "value"),
    ("aws_ssm_parameter", "insecure_value"),
    ("aws_apigatewayv2_stage", "stage_variables"),
    ("aws_api_gateway_stage", "variables"),
    ("aws_api_gateway_api_key", "value"),
    ("aws_lambda_invocation", "input"),
    ("aws_scheduler_schedule", "target.input"),
    ("aws_cloudwatch_event_target", "input"),
    ("aws_dynamodb_table_item", "item"),
    ("aws_s3_object", "content"),
    ("aws_cloudwatch_event_connection", "auth_parameters"),
];

/// Whether the values of an attribute are held back.
fn hidden(kind: &str, path: &str) -> bool {
    let within = |hidden: &str| {
        path.strip_prefix(hidden)
            .is_some_and(|rest| rest.is_empty() || hidden.ends_with('.') || rest.starts_with('.'))
    };
    HIDDEN
        .iter()
        .any(|(of, hidden)| (*of == "*" || *of == kind) && within(hidden))
        || schema_sensitive(kind, path)
}

/// Whether the provider marks the attribute, or a block around it.
fn schema_sensitive(kind: &str, path: &str) -> bool {
    let Some(schema) = schema::resource(kind, false) else {
        return false;
    };
    let mut block = schema.block.clone();
    for step in path.split('.') {
        if let Some(attribute) = block.attributes.get(step) {
            return attribute.sensitive || attribute.write_only;
        }
        match block.blocks.get(step) {
            Some(nested) => {
                let inner = nested.block.clone();
                block = inner;
            }
            None => return false,
        }
    }
    false
}

/// Whether an attribute of a type whose provider's marks are not known is called like a secret.
fn named_secret(kind: &str, path: &str, value: &Value) -> bool {
    let name = path::steps(path).pop().unwrap_or_default();
    let text = || value.text().unwrap_or_default();
    schema::resource(kind, false).is_none() && secret::looks_secret(&name, &text()).is_some()
}

/// A value of an attribute as it may be shown; `None` for null.
pub(super) fn shown(kind: &str, path: &str, value: Option<&Value>) -> Option<Shown> {
    let value = value.filter(|v| !v.is_null())?;
    let unknown = !value.is_known();
    if value.has_sensitive() || hidden(kind, path) || named_secret(kind, path, value) {
        return Some(Shown {
            text: String::new(),
            redacted: true,
            unknown,
        });
    }
    let mut text = String::new();
    write(value, path, &mut text);
    Some(Shown {
        text: shorten(&text),
        redacted: false,
        unknown,
    })
}

/// Longest collections that are shown in full, in elements of both sides.
const MOST_ELEMENTS: usize = 12;

/// Two values of one attribute as they may be shown: of long collections what only one of them has.
pub(super) fn both(
    kind: &str,
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> (Option<Shown>, Option<Shown>) {
    let items = |value: Option<&Value>| match value.map(|v| &v.kind) {
        Some(Kind::List(items) | Kind::Set(items)) => Some(items.clone()),
        _ => None,
    };
    let whole = || (shown(kind, path, before), shown(kind, path, after));
    let (Some(old), Some(new)) = (items(before), items(after)) else {
        return whole();
    };
    if old.len() + new.len() <= MOST_ELEMENTS {
        return whole();
    }
    let part = |value: Option<&Value>, own: &[Value], other: &[Value]| {
        let only: Vec<Value> = own.iter().filter(|v| !other.contains(v)).cloned().collect();
        // Another order alone.
        if only.is_empty() && own.len() == other.len() {
            return shown(kind, path, value);
        }
        let alike = own.len() - only.len();
        let only = Value::from(Kind::List(only)).marked(value.is_some_and(|v| v.sensitive));
        let mut shown = shown(kind, path, Some(&only))?;
        if !shown.redacted {
            shown
                .text
                .push_str(&format!(" and {alike} that are on both sides"));
        }
        Some(shown)
    };
    (part(before, &old, &new), part(after, &new, &old))
}

/// A text that is no attribute's value, such as a part of a policy.
pub(super) fn text(text: &str) -> String {
    shorten(&masked(text))
}

fn write(value: &Value, path: &str, out: &mut String) {
    match &value.kind {
        Kind::List(items) | Kind::Set(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(item, path, out);
            }
            out.push(']');
        }
        Kind::Map(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().filter(|(_, v)| !v.is_null()).enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                out.push_str(&masked(key));
                out.push_str(" = ");
                // A whole `environment` block, or anything named like a secret.
                let inside = key == "variables" || path.ends_with("variables");
                if inside || secret::looks_secret(key, &item.text().unwrap_or_default()).is_some() {
                    out.push_str("(sensitive)");
                } else {
                    write(item, key, out);
                }
            }
            out.push('}');
        }
        Kind::Null => out.push_str("null"),
        _ => out.push_str(&masked(&value.text().unwrap_or_default())),
    }
}

/// The text without tokens of known form.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    for (start, end) in secret::tokens(text) {
        if start < from {
            continue;
        }
        out.push_str(text.get(from..start).unwrap_or_default());
        out.push_str("(sensitive)");
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}
