//! A policy document as AWS's policy language has it (IAM user guide, "Grammar of the IAM JSON policy language" and
//! "IAM JSON policy elements reference").
//!
//! Strings may hold `<address.attribute>`, which stands for what is known only after apply (see
//! [`Permission`](super::Permission)).

use std::fmt;

use serde_json::{Map, Value, json};

use super::json::Unique;
use super::{Effect, Permission};

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// Which language it is written in.
    pub version: Version,
    /// Its optional `Id`.
    pub id: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// Version of the policy language. Only the newer one has policy variables; a document that names none is in the older
/// (IAM user guide, "IAM JSON policy elements: Version").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Version {
    /// `2008-10-17`.
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
}

impl Version {
    /// As it is written in a document.
    pub fn text(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its optional `Sid`.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// Who; none in identity policies.
    pub principal: Option<Selection<Principal>>,
    /// `Action` or `NotAction`.
    pub action: Selection<String>,
    /// `Resource` or `NotResource`; none where the policy hangs on its only resource (trust policies).
    pub resource: Option<Selection<String>>,
    /// All must hold.
    pub conditions: Vec<Condition>,
}

/// One of the values, or, negated (`NotAction`, `NotResource`, `NotPrincipal`), none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<T> {
    /// Whether it is the `Not…` form.
    pub negated: bool,
    /// The values.
    pub values: Vec<T>,
}

impl<T> Selection<T> {
    /// Any of these.
    pub fn of(values: impl IntoIterator<Item = T>) -> Self {
        Self {
            negated: false,
            values: values.into_iter().collect(),
        }
    }
}

/// The kind of a principal (IAM user guide, "IAM JSON policy elements: Principal").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An account, role, user or session.
    Aws,
    /// An AWS service.
    Service,
    /// An identity provider.
    Federated,
    /// The canonical user id that S3 knows an account by.
    CanonicalUser,
}

impl PrincipalKind {
    const ALL: [Self; 4] = [
        Self::Aws,
        Self::Service,
        Self::Federated,
        Self::CanonicalUser,
    ];

    /// Its key in a `Principal` map.
    pub fn key(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

/// A principal as a policy names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `"*"` or `{"AWS": "*"}`, which mean the same: everyone, anonymous requests included.
    Everyone,
    /// One of a kind: an ARN or account number, `lambda.amazonaws.com`, …; `*` for all of the kind.
    Named(PrincipalKind, String),
}

impl Principal {
    /// From the form of the ledger: `*`, `Service:lambda.amazonaws.com`, `AWS:arn:…`; none for another form.
    pub fn from_ledger(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everyone);
        }
        let (key, value) = text.split_once(':')?;
        let kind = PrincipalKind::ALL.into_iter().find(|k| k.key() == key)?;
        Some(Self::named(kind, value))
    }

    fn named(kind: PrincipalKind, value: &str) -> Self {
        if kind == PrincipalKind::Aws && value == "*" {
            Self::Everyone
        } else {
            Self::Named(kind, value.to_owned())
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("*"),
            Self::Named(kind, value) => write!(f, "{}:{value}", kind.key()),
        }
    }
}

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// As written, `ForAnyValue:StringLikeIfExists`.
    pub operator: String,
    /// The condition key, as written.
    pub key: String,
    /// Any of them.
    pub values: Vec<String>,
}

/// Why a text is no policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// Where in the document, `Statement[2].Condition.StringEquals`; empty for the document itself.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for DocumentError {}

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

    /// The document as JSON, every list written as one.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("Version".into(), json!(self.version.text()));
        if let Some(id) = &self.id {
            map.insert("Id".into(), json!(id));
        }
        let statements: Vec<Value> = self.statements.iter().map(Statement::to_value).collect();
        map.insert("Statement".into(), json!(statements));
        Value::Object(map)
    }

    /// One statement for each permission. `None` as `principal` gives none; a principal in a form that the ledger does
    /// not have matches nobody.
    pub fn from_permissions<'a>(permissions: impl IntoIterator<Item = &'a Permission>) -> Self {
        Self {
            version: Version::V2012,
            id: None,
            statements: permissions.into_iter().map(Statement::from).collect(),
        }
    }

    /// Whether any statement names principals, as resource and trust policies do.
    pub fn names_principals(&self) -> bool {
        self.statements.iter().any(|s| s.principal.is_some())
    }
}

impl From<&Permission> for Statement {
    fn from(permission: &Permission) -> Self {
        Self {
            sid: None,
            effect: permission.effect,
            principal: permission
                .principal
                .as_deref()
                .map(|text| Selection::of(Principal::from_ledger(text))),
            action: Selection::of([permission.action.clone()]),
            resource: Some(Selection::of([permission.resource.clone()])),
            conditions: permission
                .conditions
                .iter()
                .flat_map(|(operator, keys)| {
                    keys.iter().map(move |(key, values)| Condition {
                        operator: operator.clone(),
                        key: key.clone(),
                        values: values.iter().cloned().collect(),
                    })
                })
                .collect(),
        }
    }
}

impl Statement {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        if let Some(sid) = &self.sid {
            map.insert("Sid".into(), json!(sid));
        }
        map.insert("Effect".into(), json!(self.effect));
        if let Some(principal) = &self.principal {
            let name = if principal.negated {
                "NotPrincipal"
            } else {
                "Principal"
            };
            let mut kinds = Map::new();
            for value in &principal.values {
                let (key, text) = match value {
                    Principal::Everyone => ("AWS", "*"),
                    Principal::Named(kind, text) => (kind.key(), text.as_str()),
                };
                if let Some(list) = kinds.entry(key).or_insert_with(|| json!([])).as_array_mut() {
                    list.push(json!(text));
                }
            }
            map.insert(name.into(), Value::Object(kinds));
        }
        let not = |negated: bool| if negated { "Not" } else { "" };
        map.insert(
            format!("{}Action", not(self.action.negated)),
            json!(self.action.values),
        );
        if let Some(resource) = &self.resource {
            map.insert(
                format!("{}Resource", not(resource.negated)),
                json!(resource.values),
            );
        }
        if !self.conditions.is_empty() {
            let mut block = Map::new();
            for condition in &self.conditions {
                if let Some(keys) = block
                    .entry(condition.operator.clone())
                    .or_insert_with(|| json!({}))
                    .as_object_mut()
                {
                    keys.insert(condition.key.clone(), json!(condition.values));
                }
            }
            map.insert("Condition".into(), Value::Object(block));
        }
        Value::Object(map)
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
}
