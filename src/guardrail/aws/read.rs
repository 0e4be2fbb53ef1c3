//! Reading attribute values the careful way: what is not plainly right is not right.

use crate::graph::{Kind, Resource, Value};
pub(super) use crate::guardrail::context::text;
use crate::guardrail::{Context, Report};

/// The text of a wholly known string.
pub(super) fn known(value: Option<&Value>) -> Option<&str> {
    match &value?.kind {
        Kind::String(s) => Some(s),
        _ => None,
    }
}

/// Known to be true; Terraform also takes `"true"`.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    matches!(value.map(|v| &v.kind), Some(Kind::Bool(true))) || known(value) == Some("true")
}

/// A known number; Terraform also takes it as a string.
pub(super) fn number(value: Option<&Value>) -> Option<f64> {
    match &value?.kind {
        Kind::Number(n) => n.as_f64(),
        Kind::String(s) => s.parse().ok(),
        _ => None,
    }
}

/// What to say about a value that is not what it should be: `is not set`, `is "x"`,
/// `cannot be determined here (var.x)`.
pub(super) fn state(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "is not set".to_owned();
    };
    if value.sensitive {
        return "is a sensitive value".to_owned();
    }
    match &value.kind {
        Kind::Null => "is not set".to_owned(),
        Kind::String(s) => format!("is {s:?}"),
        Kind::Bool(_) | Kind::Number(_) => format!("is {}", text(value)),
        Kind::Symbol(s) => format!("cannot be determined here ({s})"),
        Kind::Template(_) => format!("cannot be determined here ({})", text(value)),
        Kind::List(items) | Kind::Set(items) if items.is_empty() => "is empty".to_owned(),
        Kind::List(_) | Kind::Set(_) | Kind::Map(_) => "is something else".to_owned(),
    }
}

/// Reports an attribute that is not what it has to be, with what it is.
pub(super) fn weak(report: &mut Report<'_>, resource: &Resource, path: &str) {
    let message = format!("{path} {}", state(resource.get(path)));
    report.attribute(resource, path, message);
}

/// Elements of a list or set; a lone value is its own only element.
pub(super) fn items(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(v) => match &v.kind {
            Kind::Null => &[],
            Kind::List(items) | Kind::Set(items) => items,
            _ => std::slice::from_ref(v),
        },
    }
}

/// Whether two values are there and the same.
pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if text(a) == text(b) && !text(a).is_empty())
}

/// Whether a value is a customer-managed key: one of this stack, or one given by its ARN or alias.
///
/// AWS's own keys (`alias/aws/…`) are not: nobody can restrict, rotate or audit their use.
pub(super) fn customer_key(input: &Context<'_>, value: Option<&Value>) -> bool {
    let Some(value) = value.map(Value::sole) else {
        return false;
    };
    match &value.kind {
        Kind::Symbol(symbol) => input.owner(symbol).is_some_and(|key| {
            matches!(key.address.kind.as_str(), "aws_kms_key" | "aws_kms_alias")
        }),
        Kind::String(s) => {
            let name = if s.starts_with("arn:") {
                let mut fields = s.splitn(6, ':').skip(2);
                if fields.next() != Some("kms") {
                    return false;
                }
                fields.nth(2).unwrap_or_default()
            } else {
                s
            };
            match (name.strip_prefix("key/"), name.strip_prefix("alias/")) {
                (Some(id), _) => !id.is_empty() && !id.contains('*'),
                (_, Some(alias)) => !alias.is_empty() && !alias.starts_with("aws/"),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether a validation demands of the variable that `symbol` is, or is part of, that it holds;
/// `{}` in the condition stands for the symbol.
pub(super) fn demanded(input: &Context<'_>, symbol: &str, condition: &str) -> bool {
    let variable = symbol.strip_prefix("var.").unwrap_or_default();
    let end = variable.find(['.', '[']).unwrap_or(variable.len());
    let demands = input.graph.demands.get(&variable[..end]);
    demands.is_some_and(|demands| demands.contains(&condition.replace("{}", symbol)))
}

/// The resource of type `kind` whose attribute at `path` names `resource`; when there is none, that
/// is reported: `the bucket has no versioning`.
pub(super) fn beside<'a>(
    input: &Context<'a>,
    report: &mut Report<'_>,
    resource: &Resource,
    (kind, path): (&'static str, &'static str),
    missing: &str,
) -> Option<&'a Resource> {
    let found = input.pointing(kind, path, resource).first().copied();
    if found.is_none() {
        report.resource(resource, missing);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{graph, on};
    use super::*;

    fn string(s: &str) -> Value {
        Value {
            kind: Kind::String(s.into()),
            sensitive: false,
        }
    }

    fn symbol(s: &str) -> Value {
        Value {
            kind: Kind::Symbol(s.into()),
            sensitive: false,
        }
    }

    #[test]
    fn a_key_is_the_customers_only_when_it_plainly_is() {
        let graph = graph(r#"resource "aws_kms_key" "stack" {}"#);
        on(&graph, &[], |context| {
            for yes in [
                symbol("aws_kms_key.stack.arn"),
                string("arn:aws:kms:eu-west-1:111111111111:key/0a1b"),
                string("arn:aws:kms:eu-west-1:111111111111:alias/orders"),
                string("alias/orders"),
            ] {
                assert!(customer_key(context, Some(&yes)), "{yes:?}");
            }
            for no in [
                symbol("aws_kms_key.other.arn"),
                symbol("data.aws_kms_key.stack.arn"),
                symbol("var.off ? null : aws_kms_key.stack.arn"),
                symbol("aws_kms_key.stack.arn == \"\" ? null : null"),
                symbol("var.key"),
                string("alias/aws/sqs"),
                string("arn:aws:kms:eu-west-1:111111111111:alias/aws/sns"),
                string("arn:aws:s3:::key/x"),
                string(""),
            ] {
                assert!(!customer_key(context, Some(&no)), "{no:?}");
            }
            assert!(!customer_key(context, None));
        });
    }
}
