//! API operations of the SDKs and the IAM actions that authorise them. An operation is not an action: `ListObjectsV2`
//! is authorised as `s3:ListBucket`, `SendMessageBatch` as `sqs:SendMessage`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::blobs::{Blobs, Document};
use super::suggest::nearest;

static SERVICES: Blobs<Service> = Blobs::new(include_bytes!("data/operations.blobs"));

#[derive(Deserialize)]
struct Service {
    #[serde(rename = "i")]
    iam_prefix: String,
    #[serde(rename = "o")]
    operations: BTreeMap<String, Vec<String>>,
}

impl Document for Service {
    fn read(text: &'static str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// One IAM action that an operation needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationAction {
    /// Canonical case, `s3:GetObject`.
    pub action: String,
    /// Needed only for some parameters of the call (`s3:GetObjectVersion` when a version is asked for).
    pub conditional: bool,
}

/// The IAM actions of an operation; empty when the call needs none (`sts:GetCallerIdentity`).
///
/// `service` is the SDK's id (`dynamodb`, `stepfunctions`), `operation` the API's name in its own case (`PutItem`).
/// None when the service or the operation is not known.
pub fn actions_for(service: &str, operation: &str) -> Option<Vec<OperationAction>> {
    let actions = SERVICES.get(service)?.operations.get(operation)?;
    let parse = |text: &String| match text.strip_suffix('?') {
        Some(action) => OperationAction {
            action: action.to_owned(),
            conditional: true,
        },
        None => OperationAction {
            action: text.clone(),
            conditional: false,
        },
    };
    Some(actions.iter().map(parse).collect())
}

/// The action that only some requests of a service's operations need, by its own name (`ConditionCheckItem`, of
/// `TransactWriteItems`); none for the name of an operation.
pub fn conditional_action(service: &str, name: &str) -> Option<String> {
    let found = SERVICES.get(service)?;
    if found.operations.contains_key(name) {
        return None;
    }
    let action = format!("{}:{name}", found.iam_prefix);
    found
        .operations
        .values()
        .flatten()
        .any(|needed| needed.strip_suffix('?') == Some(&action))
        .then_some(action)
}

/// The operations of an SDK service, sorted; empty for an unknown service.
pub fn operations_of(service: &str) -> Vec<&'static str> {
    SERVICES.get(service).map_or_else(Vec::new, |found| {
        found.operations.keys().map(String::as_str).collect()
    })
}

/// The IAM prefix of an SDK service (`stepfunctions` → `states`).
pub fn iam_prefix(service: &str) -> Option<&'static str> {
    SERVICES.get(service).map(|found| found.iam_prefix.as_str())
}

/// The ids of all SDK services, sorted.
pub fn services() -> impl Iterator<Item = &'static str> {
    SERVICES.names()
}

/// The operation of `service` most like `operation`, for "did you mean"; none if it is known or nothing is near.
///
/// An IAM action that is no operation (`ListBucket`) suggests the first operation it authorises.
pub fn suggest(service: &str, operation: &str) -> Option<&'static str> {
    let found = SERVICES.get(service)?;
    if found.operations.contains_key(operation) {
        return None;
    }
    let action = format!("{}:{operation}", found.iam_prefix);
    let authorised = found
        .operations
        .iter()
        .find(|(_, actions)| actions.len() == 1 && actions.contains(&action));
    authorised
        .map(|(name, _)| name.as_str())
        .or_else(|| nearest(operation, found.operations.keys().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::iam;
    use proptest::prelude::*;

    fn required(service: &str, operation: &str) -> Vec<String> {
        let actions = actions_for(service, operation).unwrap();
        actions
            .into_iter()
            .filter(|found| !found.conditional)
            .map(|found| found.action)
            .collect()
    }

    #[test]
    fn every_operation_names_known_actions() {
        let mut count = 0;
        for service in services() {
            assert!(
                iam::service_exists(iam_prefix(service).unwrap()),
                "{service}"
            );
            for operation in operations_of(service) {
                for found in actions_for(service, operation).unwrap() {
                    assert_eq!(
                        iam::action(&found.action).map(|known| known.name),
                        Some(found.action)
                    );
                }
                count += 1;
            }
        }
        assert_eq!((services().count(), count), (74, 5177));
    }

    #[test]
    fn operations_that_are_authorised_by_another_action() {
        for (service, operation, expected) in [
            ("s3", "ListObjectsV2", &["s3:ListBucket"][..]),
            ("s3", "HeadObject", &["s3:GetObject"]),
            ("s3", "UploadPart", &["s3:PutObject"]),
            ("sqs", "SendMessageBatch", &["sqs:SendMessage"]),
            ("sns", "PublishBatch", &["sns:Publish"]),
            ("lambda", "Invoke", &["lambda:InvokeFunction"]),
            (
                "stepfunctions",
                "StartExecution",
                &["states:StartExecution"],
            ),
            ("bedrock-runtime", "Converse", &["bedrock:InvokeModel"]),
            ("sts", "GetCallerIdentity", &[]),
        ] {
            assert_eq!(
                required(service, operation),
                expected,
                "{service} {operation}"
            );
        }
        let transaction = actions_for("dynamodb", "TransactWriteItems").unwrap();
        assert_eq!(transaction.len(), 4);
        assert!(transaction.iter().all(|found| found.conditional));
        assert_eq!(actions_for("dynamodb", "putitem"), None);
        assert_eq!(actions_for("nope", "PutItem"), None);
    }

    #[test]
    fn suggestions() {
        assert_eq!(suggest("dynamodb", "putitem"), Some("PutItem"));
        assert_eq!(suggest("dynamodb", "GetItems"), Some("GetItem"));
        assert_eq!(suggest("s3", "ListBucket"), Some("HeadBucket"));
        assert_eq!(suggest("lambda", "InvokeFunction"), Some("Invoke"));
        assert_eq!(suggest("dynamodb", "PutItem"), None);
        assert_eq!(suggest("dynamodb", "Frobnicate"), None);
    }

    proptest! {
        #[test]
        fn no_name_panics(service in "\\PC{0,12}", operation in "\\PC{0,40}") {
            prop_assert!(actions_for(&service, &operation).is_none());
            prop_assert!(suggest("s3", &operation).is_none_or(|name| actions_for("s3", name).is_some()));
        }
    }
}
