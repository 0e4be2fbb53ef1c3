//! Documents out of JSON, and out of values of a graph.

use serde_json::{Map, Value};

use super::{
    Condition, Document, DocumentError, Principal, PrincipalKind, Selection, Statement, Version,
};
use crate::graph;
use crate::iam::Effect;
use crate::iam::json::Unique;

type Parsed<T> = Result<T, DocumentError>;

fn wrong<T>(path: &str, message: impl Into<String>) -> Parsed<T> {
    Err(DocumentError {
        path: path.to_owned(),
        message: message.into(),
    })
}

impl Document {
    /// Parses JSON text. An element written twice is an error, as it is for AWS.
    ///
    /// # Errors
    /// Where the text is no JSON or no policy document.
    pub fn parse(text: &str) -> Parsed<Self> {
        match serde_json::from_str::<Unique>(text) {
            Ok(Unique(value)) => Self::from_value(&value),
            Err(error) => wrong("", error.to_string()),
        }
    }

    /// Reads a JSON value.
    ///
    /// # Errors
    /// Where it is no policy document.
    pub fn from_value(value: &Value) -> Parsed<Self> {
        let Value::Object(map) = value else {
            return wrong("", "a policy document is a JSON object");
        };
        let mut document = Self::default();
        let mut statements = None;
        for (name, value) in map {
            match name.as_str() {
                "Version" => {
                    document.version = match value.as_str() {
                        Some("2012-10-17") => Version::V2012,
                        Some("2008-10-17") => Version::V2008,
                        _ => return wrong("Version", "is \"2012-10-17\" or \"2008-10-17\""),
                    }
                }
                "Id" => document.id = Some(string(value, "Id")?),
                "Statement" => statements = Some(value),
                _ => return unknown("", name, &["Version", "Id", "Statement"]),
            }
        }
        document.statements = match statements {
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .map(|(i, value)| statement(value, &format!("Statement[{i}]")))
                .collect::<Parsed<_>>()?,
            Some(value @ Value::Object(_)) => vec![statement(value, "Statement")?],
            Some(_) => return wrong("Statement", "is a statement or a list of statements"),
            None => return wrong("", "has no Statement"),
        };
        Ok(document)
    }

    /// Reads an attribute of a resource: JSON text, or what `jsonencode` was given. What only apply knows stands as
    /// `<address.attribute>` where the language has a string; anywhere else it is an error.
    ///
    /// # Errors
    /// Where it is no policy document, or not known.
    pub fn from_graph(value: &graph::Value) -> Parsed<Self> {
        match value.json() {
            Some(document) => Self::from_value(&plain(&document)),
            None => wrong("", "the policy is not known, or not JSON"),
        }
    }
}

/// A graph's value as JSON.
fn plain(value: &graph::Value) -> Value {
    match &value.kind {
        graph::Kind::Null => Value::Null,
        graph::Kind::Bool(flag) => Value::Bool(*flag),
        graph::Kind::Number(number) => Value::Number(number.clone()),
        graph::Kind::List(items) | graph::Kind::Set(items) => items.iter().map(plain).collect(),
        graph::Kind::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), plain(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        graph::Kind::String(_) | graph::Kind::Template(_) | graph::Kind::Symbol(_) => {
            Value::String(value.text().unwrap_or_default())
        }
    }
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(value: &Value, path: &str) -> Parsed<Statement> {
    let Value::Object(map) = value else {
        return wrong(path, "a statement is a JSON object");
    };
    if let Some(name) = map.keys().find(|name| !ELEMENTS.contains(&name.as_str())) {
        return unknown(path, name, &ELEMENTS);
    }
    let below = |name: &str| format!("{path}.{name}");
    let effect = match map.get("Effect").map(|value| value.as_str()) {
        Some(Some("Allow")) => Effect::Allow,
        Some(Some("Deny")) => Effect::Deny,
        Some(_) => return wrong(&below("Effect"), "is \"Allow\" or \"Deny\""),
        None => return wrong(path, "has no Effect"),
    };
    let sid = map
        .get("Sid")
        .map(|value| string(value, &below("Sid")))
        .transpose()?;
    let either = |name: &'static str, not: &'static str| match (map.get(name), map.get(not)) {
        (Some(_), Some(_)) => wrong(path, format!("has both {name} and {not}: one of them")),
        (Some(value), None) => Ok(Some((false, value, below(name)))),
        (None, Some(value)) => Ok(Some((true, value, below(not)))),
        (None, None) => Ok(None),
    };
    let Some((negated, value, at)) = either("Action", "NotAction")? else {
        return wrong(path, "has neither Action nor NotAction");
    };
    let action = Selection {
        negated,
        values: strings(value, &at)?,
    };
    if let Some(name) = action
        .values
        .iter()
        .find(|name| !name.contains(':') && name.bytes().any(|b| b != b'*'))
    {
        return wrong(
            &at,
            format!("{name:?} is no action: service:Operation, or *"),
        );
    }
    let resource = match either("Resource", "NotResource")? {
        Some((negated, value, at)) => Some(Selection {
            negated,
            values: strings(value, &at)?,
        }),
        None => None,
    };
    let principal = match either("Principal", "NotPrincipal")? {
        Some((negated, value, at)) => Some(Selection {
            negated,
            values: principals(value, &at)?,
        }),
        None => None,
    };
    let conditions = match map.get("Condition") {
        Some(value) => conditions(value, &below("Condition"))?,
        None => Vec::new(),
    };
    Ok(Statement {
        sid,
        effect,
        principal,
        action,
        resource,
        conditions,
    })
}

fn principals(value: &Value, path: &str) -> Parsed<Vec<Principal>> {
    let map = match value {
        Value::String(text) if text == "*" => return Ok(vec![Principal::Everyone]),
        Value::Object(map) => map,
        _ => {
            return wrong(
                path,
                "is \"*\" or an object with AWS, Service, Federated or CanonicalUser",
            );
        }
    };
    let mut found = Vec::new();
    for (key, value) in map {
        let Some(kind) = PrincipalKind::ALL.into_iter().find(|k| k.key() == key) else {
            return unknown(path, key, &PrincipalKind::ALL.map(PrincipalKind::key));
        };
        for text in strings(value, &format!("{path}.{key}"))? {
            found.push(Principal::named(kind, &text));
        }
    }
    Ok(found)
}

fn conditions(value: &Value, path: &str) -> Parsed<Vec<Condition>> {
    let Value::Object(block) = value else {
        return wrong(path, "is an object: operator, then key, then values");
    };
    let mut found = Vec::new();
    for (operator, keys) in block {
        let path = format!("{path}.{operator}");
        let Value::Object(keys) = keys else {
            return wrong(&path, "is an object of condition keys");
        };
        for (key, values) in keys {
            found.push(Condition {
                operator: operator.clone(),
                key: key.clone(),
                values: scalars(values, &format!("{path}.{key}"))?,
            });
        }
    }
    Ok(found)
}

fn unknown<T>(path: &str, name: &str, known: &[&str]) -> Parsed<T> {
    let near = known.iter().find(|k| k.eq_ignore_ascii_case(name));
    wrong(
        path,
        match near {
            Some(near) => format!("{name:?} is written {near}"),
            None => format!("{name:?} is unknown here: one of {}", known.join(", ")),
        },
    )
}

fn string(value: &Value, path: &str) -> Parsed<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        _ => wrong(path, "is a string"),
    }
}

fn strings(value: &Value, path: &str) -> Parsed<Vec<String>> {
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, value)| string(value, &format!("{path}[{i}]")))
            .collect(),
        Value::String(text) => Ok(vec![text.clone()]),
        _ => wrong(path, "is a string or a list of strings"),
    }
}

/// Values of a condition: numbers and booleans count as their text.
fn scalars(value: &Value, path: &str) -> Parsed<Vec<String>> {
    let scalar = |value: &Value, path: &str| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => wrong(path, "is a string, a number, true or false"),
    };
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, value)| scalar(value, &format!("{path}[{i}]")))
            .collect(),
        other => Ok(vec![scalar(other, path)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::hcl;
    use proptest::prelude::*;

    fn fails(text: &str) -> String {
        Document::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn reads_every_element() {
        let text = r#"{"Version": "2012-10-17", "Id": "x", "Statement": {"Sid": "One", "Effect": "Deny",
            "NotPrincipal": {"AWS": ["111122223333", "*"], "Service": "lambda.amazonaws.com"},
            "NotAction": "s3:*", "NotResource": ["a", "b"],
            "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": [10, "20"]}}}}"#;
        let document = Document::parse(text).unwrap();
        let statement = &document.statements[0];
        assert_eq!(
            (document.version, document.id.as_deref()),
            (Version::V2012, Some("x"))
        );
        assert_eq!(statement.effect, Effect::Deny);
        assert!(statement.action.negated && statement.resource.as_ref().unwrap().negated);
        assert_eq!(
            statement.principal.as_ref().unwrap().values,
            [
                Principal::Named(PrincipalKind::Aws, "111122223333".into()),
                Principal::Everyone,
                Principal::Named(PrincipalKind::Service, "lambda.amazonaws.com".into()),
            ]
        );
        assert_eq!(statement.conditions[0].values, ["false"]);
        assert_eq!(statement.conditions[1].values, ["10", "20"]);
        let again = Document::from_value(&document.to_value()).unwrap();
        assert_eq!(again, document);
    }

    #[test]
    fn errors_name_their_place() {
        for (text, expected) in [
            ("[]", "a policy document is a JSON object"),
            ("{}", "has no Statement"),
            (
                r#"{"Version": "2012", "Statement": []}"#,
                "Version: is \"2012-10-17\" or \"2008-10-17\"",
            ),
            (r#"{"statement": []}"#, "\"statement\" is written Statement"),
            (
                r#"{"Statement": [{"Effect": "Allow"}]}"#,
                "Statement[0]: has neither Action nor NotAction",
            ),
            (
                r#"{"Statement": {"Effect": "allow", "Action": "*"}}"#,
                "Statement.Effect: is \"Allow\" or \"Deny\"",
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": ["s3:*", 1]}}"#,
                "Statement.Action[1]: is a string",
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "GetObject"}}"#,
                "Statement.Action: \"GetObject\" is no action: service:Operation, or *",
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"k": [null]}}}}"#,
                "Statement.Condition.Bool.k[0]: is a string, a number, true or false",
            ),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*"}}"#,
                "Statement: has both Resource and NotResource: one of them",
            ),
        ] {
            assert_eq!(fails(text), expected, "{text}");
        }
        let twice = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {}, "Condition": {}}}"#;
        assert!(
            fails(twice).contains("\"Condition\" twice"),
            "{}",
            fails(twice)
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}", value in "(Statement|Effect|Action|\\{|\\}|\"|:|\\[|\\]){0,12}") {
            let _ = Document::parse(&text);
            let _ = Document::parse(&value);
            let inside = format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": {text:?}}}}}"#);
            let _ = Document::parse(&inside);
        }
    }

    /// The document that a Terraform expression makes.
    fn graph_document(expression: &str) -> Result<Document, String> {
        let text = format!(
            "variable \"x\" {{}}\nresource \"aws_sqs_queue\" \"q\" {{ name = \"q\" }}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = {expression}\n}}\n"
        );
        let files = std::collections::BTreeMap::from([("a.tf".into(), text)]);
        let graph = hcl::read(&files, &[]).unwrap();
        let mut policies = graph.of_type("aws_iam_policy");
        let value = policies.next().unwrap().get("policy").unwrap();
        Document::from_graph(value).map_err(|e| e.to_string())
    }

    #[test]
    fn a_graph_value_reads_as_its_json() {
        let statement = r#"{ Effect = "Allow", Action = ["sqs:SendMessage"], Resource = RESOURCE, Condition = { Bool = { "aws:SecureTransport" = true }, NumericLessThan = { "s3:max-keys" = 10 } } }"#;
        let read = |resource: &str| {
            let statement = statement.replace("RESOURCE", resource);
            graph_document(&format!(
                "jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})"
            ))
        };
        let json = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "<aws_sqs_queue.q.arn>",
            "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": 10}}}]}"#;
        assert_eq!(
            read("aws_sqs_queue.q.arn"),
            Ok(Document::parse(json).unwrap())
        );
        let partly = read("\"${aws_sqs_queue.q.arn}/*\"").unwrap();
        let resource = partly.statements[0].resource.as_ref().unwrap();
        assert_eq!(resource.values, ["<aws_sqs_queue.q.arn>/*"]);
        // Text of another kind than JSON, and what only apply knows.
        for unknown in ["var.x", "\"x\"", "jsonencode(var.x)"] {
            assert!(graph_document(unknown).is_err(), "{unknown}");
        }
        for part in ["Statement = var.x", "Statement = [var.x]"] {
            let document = format!("jsonencode({{ Version = \"2012-10-17\", {part} }})");
            assert!(graph_document(&document).is_err(), "{part}");
        }
    }
}
