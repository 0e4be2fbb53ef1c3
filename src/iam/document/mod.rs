//! A policy document as AWS's policy language has it (IAM user guide, "Grammar of the IAM JSON policy language" and
//! "IAM JSON policy elements reference").
//!
//! Strings may hold `<address.attribute>`, which stands for what is known only after apply (see
//! [`Permission`](super::Permission)).

mod parse;

use std::fmt;

use serde_json::{Map, Value, json};

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

impl Document {
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
