//! Reading attribute values the careful way: what is not plainly right is not right.

use crate::graph::{Graph, Kind, Part, Resource, Value};

/// Canonical text of a string-like value; unknown parts as `${source}`.
pub(super) fn text(value: &Value) -> String {
    match &value.kind {
        Kind::String(s) => s.clone(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::Symbol(s) => format!("${{{s}}}"),
        Kind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Literal(s) => s.clone(),
                Part::Symbol(s) => format!("${{{s}}}"),
            })
            .collect(),
        Kind::Null | Kind::List(_) | Kind::Set(_) | Kind::Map(_) => String::new(),
    }
}

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

/// The attribute that names a resource inside its ARN or URL.
fn name_attribute(kind: &str) -> &'static str {
    match kind {
        "aws_lambda_function" => "function_name",
        "aws_s3_bucket" => "bucket",
        _ => "name",
    }
}

/// Whether `symbol` is an attribute of `target`: `aws_sqs_queue.jobs.arn`, nothing around it.
fn attribute_of(symbol: &str, target: &Resource) -> bool {
    symbol
        .strip_prefix(&target.address.to_string())
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|attribute| {
            attribute
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
}

/// Whether `name` stands in `text` as a whole segment of an ARN, a URL or on its own.
fn segment(text: &str, name: &str) -> bool {
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            matches!(before, None | Some(':' | '/')) && matches!(after, None | Some(':'))
        })
}

/// Whether a value is an attribute of `target`, its name, or an ARN or URL that ends in its name.
pub(super) fn points_at(value: Option<&Value>, target: &Resource) -> bool {
    let Some(value) = value.map(Value::sole) else {
        return false;
    };
    if let Kind::Symbol(symbol) = &value.kind
        && attribute_of(symbol, target)
    {
        return true;
    }
    target
        .get(name_attribute(&target.address.kind))
        .is_some_and(|name| segment(&text(value), &text(name)))
}

/// Whether a value mentions `target` anywhere, inside JSON text too.
pub(super) fn mentions(value: Option<&Value>, target: &Resource) -> bool {
    let Some(value) = value else {
        return false;
    };
    let whole = text(value);
    let address = format!("{}.", target.address);
    let symbolic = whole.match_indices(&address).any(|(at, _)| {
        !whole[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    });
    symbolic
        || target
            .get(name_attribute(&target.address.kind))
            .is_some_and(|name| {
                whole
                    .split(['"', ',', ' '])
                    .any(|word| segment(word, &text(name)))
            })
}

/// Whether a value points at this function, itself or one of its aliases.
pub(super) fn names_function(graph: &Graph, value: Option<&Value>, function: &Resource) -> bool {
    points_at(value, function)
        || graph.of_type("aws_lambda_alias").any(|alias| {
            points_at(alias.get("function_name"), function)
                && matches!(value.map(|v| &v.sole().kind),
                    Some(Kind::Symbol(symbol)) if attribute_of(symbol, alias))
        })
}

/// Whether a value is a customer-managed key: one of this stack, or one given by its ARN or alias.
///
/// AWS's own keys (`alias/aws/…`) are not: nobody can restrict, rotate or audit their use.
pub(super) fn customer_key(graph: &Graph, value: Option<&Value>) -> bool {
    let Some(value) = value.map(Value::sole) else {
        return false;
    };
    match &value.kind {
        Kind::Symbol(symbol) => graph
            .of_type("aws_kms_key")
            .chain(graph.of_type("aws_kms_alias"))
            .any(|key| attribute_of(symbol, key)),
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

#[cfg(test)]
mod tests {
    use super::super::testing::graph;
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
        for yes in [
            symbol("aws_kms_key.stack.arn"),
            string("arn:aws:kms:eu-west-1:111111111111:key/0a1b"),
            string("arn:aws:kms:eu-west-1:111111111111:alias/orders"),
            string("alias/orders"),
        ] {
            assert!(customer_key(&graph, Some(&yes)), "{yes:?}");
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
            assert!(!customer_key(&graph, Some(&no)), "{no:?}");
        }
        assert!(!customer_key(&graph, None));
    }

    #[test]
    fn a_pointer_is_an_attribute_a_name_or_an_arn() {
        let graph = graph(r#"resource "aws_sqs_queue" "jobs" { name = "orders-jobs" }"#);
        let queue = graph.of_type("aws_sqs_queue").next().unwrap();
        for yes in [
            symbol("aws_sqs_queue.jobs.arn"),
            string("orders-jobs"),
            string("arn:aws:sqs:eu-west-1:111111111111:orders-jobs"),
            string("https://sqs.eu-west-1.amazonaws.com/111111111111/orders-jobs"),
        ] {
            assert!(points_at(Some(&yes), queue), "{yes:?}");
        }
        for no in [
            symbol("aws_sqs_queue.jobs_dlq.arn"),
            symbol("aws_sqs_queue.jobs"),
            string("arn:aws:sqs:eu-west-1:111111111111:orders-jobs-dlq"),
            string("arn:aws:sqs:eu-west-1:111111111111:my-orders-jobs"),
            string(""),
        ] {
            assert!(!points_at(Some(&no), queue), "{no:?}");
        }
    }
}
