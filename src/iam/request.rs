//! A concrete request: who does what to what, and under which circumstances.

use std::collections::BTreeMap;

use serde::Serialize;

use super::document::PrincipalKind;
use super::template::fold;

/// A request to AWS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Who asks; matters for resource policies only.
    pub caller: Option<Caller>,
    /// `s3:GetObject`; case does not matter.
    pub action: String,
    /// An ARN, or `*` for an action without resource-level permissions.
    pub resource: String,
    /// The request context.
    pub context: Context,
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Caller {
    /// Somebody without credentials.
    Anonymous,
    /// A user, role or session of AWS, by its ARN.
    Aws(String),
    /// A service, `sns.amazonaws.com`.
    Service(String),
    /// Somebody an identity provider vouches for.
    Federated(String),
    /// An account by the id that S3 knows it by.
    CanonicalUser(String),
}

impl Caller {
    /// Its kind; none when anonymous.
    pub(super) fn kind(&self) -> Option<PrincipalKind> {
        match self {
            Self::Anonymous => None,
            Self::Aws(_) => Some(PrincipalKind::Aws),
            Self::Service(_) => Some(PrincipalKind::Service),
            Self::Federated(_) => Some(PrincipalKind::Federated),
            Self::CanonicalUser(_) => Some(PrincipalKind::CanonicalUser),
        }
    }

    /// Its ARN, service name or id; empty when anonymous.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Anonymous => "",
            Self::Aws(name)
            | Self::Service(name)
            | Self::Federated(name)
            | Self::CanonicalUser(name) => name,
        }
    }

    /// In the form of the ledger, `AWS:arn:…`; `anonymous`.
    pub fn text(&self) -> String {
        match self.kind() {
            None => "anonymous".to_owned(),
            Some(kind) => format!("{}:{}", kind.key(), self.name()),
        }
    }
}

/// Condition keys of a request with their values. A key is found whatever its case (IAM user guide, "Condition").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context(BTreeMap<String, Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    values: Vec<String>,
}

impl Context {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; no values make it absent.
    pub fn set<T: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if values.is_empty() {
            self.0.remove(&fold(key));
        } else {
            let name = key.to_owned();
            self.0.insert(fold(key), Entry { name, values });
        }
    }

    /// Sets a key to one value.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.set(key, [value]);
        self
    }

    /// The values of a key; none when it is absent.
    pub fn get(&self, key: &str) -> &[String] {
        self.0
            .get(&fold(key))
            .map_or(&[], |entry| entry.values.as_slice())
    }

    /// All keys, as they were written, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .values()
            .map(|entry| (entry.name.as_str(), entry.values.as_slice()))
    }

    /// As JSON: one value as a string, several as a list.
    pub fn to_value(&self) -> serde_json::Value {
        let entries = self.iter().map(|(key, values)| {
            let value = match values {
                [one] => serde_json::json!(one),
                several => serde_json::json!(several),
            };
            (key.to_owned(), value)
        });
        serde_json::Value::Object(entries.collect())
    }
}
