//! The reads of an account that `slgen` makes: every request of `diff --live` and `snapshot` is in this table, and the
//! role that may make them is derived from it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

static DATA: &str = include_str!("data/calls.json");

/// One API operation that reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Service and operation, `lambda:GetPolicy`. The service is a key of [`service`], not always an IAM prefix.
    #[serde(rename = "call")]
    pub name: String,
    /// The IAM action that allows it, where it is called otherwise than the operation.
    #[serde(default)]
    action: Option<String>,
    /// What kind of resource IAM checks it on (`function`, `role`, …: the kinds of the live reader's scope), or `*` for
    /// what IAM checks on no resource.
    pub on: String,
    /// Path of REST protocols, with `{Parameter}` places; parameters that have no place go into the query.
    #[serde(default)]
    pub http: Option<String>,
    /// How further pages are asked for.
    #[serde(default)]
    pub pages: Option<Pages>,
    /// Error codes that say that what was asked for does not exist. No other error ever means that.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// Paging of an operation, written `[request, answer, items]`.
#[derive(Debug, Deserialize)]
pub struct Pages {
    /// Parameter that carries the token.
    pub request: String,
    /// Member of the answer that holds the next token.
    pub answer: String,
    /// Member of the answer that holds the page's items.
    pub items: String,
}

/// How a service is spoken to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Prefix of the host name, where it is not the service's name: `api.ecr`.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Wire protocol.
    pub protocol: Protocol,
    /// `Version` of the query protocol.
    #[serde(default)]
    pub version: Option<String>,
    /// Prefix of `X-Amz-Target` in the JSON protocols.
    #[serde(default)]
    pub target: Option<String>,
    /// One endpoint for all regions, signed for the partition's home region.
    #[serde(default)]
    pub global: bool,
}

/// AWS's wire protocols, as far as reads go (smithy.io, "AWS protocols").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Protocol {
    /// GET of a path, answered in JSON.
    #[serde(rename = "rest-json")]
    RestJson,
    /// GET of a path, answered in XML.
    #[serde(rename = "rest-xml")]
    RestXml,
    /// POST of JSON with `X-Amz-Target`.
    #[serde(rename = "json-1.0")]
    Json10,
    /// The same, with the older media type.
    #[serde(rename = "json-1.1")]
    Json11,
    /// POST of a form, answered in XML.
    #[serde(rename = "query")]
    Query,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    services: BTreeMap<String, Service>,
    calls: Vec<Call>,
    token: Call,
}

impl Call {
    /// The IAM action that allows it.
    pub fn action(&self) -> &str {
        self.action.as_deref().unwrap_or(&self.name)
    }

    /// Service, `lambda`.
    pub fn service_name(&self) -> &str {
        self.name.split_once(':').map_or("", |(service, _)| service)
    }

    /// Operation, `GetPolicy`.
    pub fn operation(&self) -> &str {
        self.name.split_once(':').map_or("", |(_, name)| name)
    }
}

/// Every call, sorted by name.
pub fn calls() -> &'static [Call] {
    &data().calls
}

/// The call named `lambda:GetPolicy`.
pub fn call(name: &str) -> Option<&'static Call> {
    calls().iter().find(|call| call.name == name)
}

/// The call that logs in at a private image registry: `slgen pin` makes it, never the live reader.
pub fn token() -> &'static Call {
    &data().token
}

/// How the service of a call is spoken to.
pub fn service(name: &str) -> Option<&'static Service> {
    data().services.get(name)
}

#[allow(
    clippy::expect_used,
    reason = "embedded text, read whole by a test of this module"
)]
fn data() -> &'static Data {
    static READ: OnceLock<Data> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(DATA).expect("calls.json is valid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::iam::{self, AccessLevel};

    #[test]
    fn every_call_only_reads() {
        assert!(calls().len() > 50);
        for call in calls() {
            let action = iam::action(call.action()).unwrap_or_else(|| panic!("{}", call.name));
            assert!(
                matches!(action.level, AccessLevel::List | AccessLevel::Read),
                "{}: {:?}",
                call.name,
                action.level
            );
        }
    }

    #[test]
    fn what_would_give_away_content_is_not_among_them() {
        // Access level Read all the same: a secret's value, code behind a presigned address, items, messages, objects.
        for action in [
            "secretsmanager:GetSecretValue",
            "lambda:GetFunction",
            "lambda:GetLayerVersion",
            "dynamodb:GetItem",
            "sqs:ReceiveMessage",
            "s3:GetObject",
            "logs:GetLogEvents",
            "kms:Decrypt",
        ] {
            assert!(iam::action(action).is_some(), "{action}");
            assert!(calls().iter().all(|c| c.action() != action), "{action}");
        }
    }

    #[test]
    fn calls_are_sorted_and_their_services_are_known() {
        assert!(calls().is_sorted_by(|a, b| a.name < b.name));
        for call in calls() {
            let service = service(call.service_name()).unwrap_or_else(|| panic!("{}", call.name));
            let rest = matches!(service.protocol, Protocol::RestJson | Protocol::RestXml);
            assert_eq!(rest, call.http.is_some(), "{}", call.name);
            let json = matches!(service.protocol, Protocol::Json10 | Protocol::Json11);
            assert_eq!(json, service.target.is_some(), "{}", call.name);
        }
    }

    #[test]
    fn a_call_is_scoped_to_a_resource_just_where_iam_can_check_one() {
        let wrong: Vec<&str> = calls()
            .iter()
            .filter(|c| iam::supports_resource_level(c.action()) != Some(c.on != "*"))
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(wrong, [""; 0]);
    }
}
