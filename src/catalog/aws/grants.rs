//! Catalogued grants: lower-case words of the manifest that stand for several actions (`read`, `write`, `consume`), and
//! the KMS permissions that come with an encrypted resource.
//!
//! Data: `data/grants.json` (actions checked against the Service Authorization Reference) and, for KMS, the `kms` part of
//! each registration in `data/kinds.json`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;

use super::kinds;
use super::suggest::nearest;

/// A grant of a kind of resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The kind, `dynamodb_table`. Not every kind here can be declared in a manifest yet (see [`kinds::kind`]).
    pub kind: String,
    /// The word, `read`.
    #[serde(rename = "grant")]
    pub name: String,
    /// What it allows.
    pub statements: Vec<GrantStatement>,
    /// What has to be allowed besides. KMS permissions of a declarable kind are not here but in [`kms_companion`].
    #[serde(default)]
    pub companions: Vec<Companion>,
    /// What it leaves out, and why; for people.
    #[serde(default)]
    pub note: Option<String>,
}

/// Actions that share their resources and conditions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantStatement {
    /// IAM actions in canonical case.
    pub actions: Vec<String>,
    /// ARN patterns with the placeholders of [`kinds`], or `*`.
    pub resources: Vec<String>,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<GrantCondition>,
}

/// A condition of a grant.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantCondition {
    /// The IAM operator, `StringEquals`.
    pub operator: String,
    /// The condition key.
    pub key: String,
    /// Its values, with placeholders.
    pub values: Vec<String>,
    /// May be left out when a placeholder of its values has no value (no path given: the whole bucket is listed).
    #[serde(default)]
    pub optional: bool,
}

/// Permissions that a grant needs besides its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    /// When they are needed.
    pub when: When,
    /// IAM actions in canonical case.
    pub actions: Vec<String>,
    /// ARN patterns; `${kms_key}` is the key's ARN.
    pub resources: Vec<String>,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<GrantCondition>,
}

/// When a companion is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Always.
    Always,
    /// When the resource is encrypted with a customer-managed key.
    CustomerManagedKey,
}

/// The grant `name` of `kind`, or none.
pub fn grant(kind: &str, name: &str) -> Option<&'static Grant> {
    all()
        .iter()
        .find(|grant| grant.kind == kind && grant.name == name)
}

/// The grants of a kind, in the order of the data file; empty for an unknown kind.
pub fn grants_of(kind: &str) -> Vec<&'static Grant> {
    all().iter().filter(|grant| grant.kind == kind).collect()
}

/// All grants, in the order of the data file.
pub fn all() -> &'static [Grant] {
    static PARSED: OnceLock<Vec<Grant>> = OnceLock::new();
    PARSED
        .get_or_init(|| serde_json::from_str(include_str!("data/grants.json")).unwrap_or_default())
}

/// The grant of `kind` most like `name`, for "did you mean".
pub fn suggest(kind: &str, name: &str) -> Option<&'static str> {
    nearest(
        name,
        grants_of(kind).into_iter().map(|grant| grant.name.as_str()),
    )
}

/// The KMS actions a principal needs for `actions` on a resource of `kind` that is encrypted with a customer-managed
/// key: sorted, without repetition, empty where the service needs none (deleting an object, listing a bucket).
///
/// Allow them on the key's ARN only, with `kms:ViaService` equal to [`kinds::Kind::via_service_host`] and, where the kind
/// has one, the condition `kms.context`.
pub fn kms_companion(kind: &str, actions: &[&str]) -> Vec<&'static str> {
    let Some(kms) = kinds::kind(kind).and_then(|kind| kind.kms.as_ref()) else {
        return Vec::new();
    };
    let needed: BTreeSet<&str> = kms
        .actions
        .iter()
        .filter(|(name, _)| {
            actions
                .iter()
                .any(|action| action.eq_ignore_ascii_case(name))
        })
        .flat_map(|(_, needed)| needed.iter().map(String::as_str))
        .collect();
    needed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::{iam, kinds::Target};
    use proptest::prelude::*;

    fn actions_of(grant: &Grant) -> Vec<&str> {
        grant
            .statements
            .iter()
            .flat_map(|statement| &statement.actions)
            .map(String::as_str)
            .collect()
    }

    #[test]
    fn every_action_of_every_grant_exists() {
        assert_eq!(all().len(), 73);
        for grant in all() {
            let companions = grant
                .companions
                .iter()
                .flat_map(|companion| &companion.actions)
                .map(String::as_str);
            for name in actions_of(grant).into_iter().chain(companions) {
                assert_eq!(
                    iam::action(name).map(|found| found.name).as_deref(),
                    Some(name),
                    "{}",
                    grant.kind
                );
            }
        }
    }

    #[test]
    fn a_grant_names_each_resource_as_its_actions_do() {
        for grant in all() {
            let Some(kind) = kinds::kind(&grant.kind) else {
                continue;
            };
            for statement in &grant.statements {
                for action in &statement.actions {
                    for resource in &statement.resources {
                        let selector = ["index", "stream", "consumer", "alias"]
                            .into_iter()
                            .find(|name| resource.contains(&format!("${{{name}}}")));
                        match kind.arn_for(action, selector).unwrap() {
                            // A path grant also names what lies below the path.
                            Target::Arn(form) => assert!(
                                resource == &form.arn || *resource == format!("{}/*", form.arn)
                            ),
                            Target::Any(_) => assert_eq!(resource, "*", "{action}"),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_wildcard_resource_has_a_reason() {
        for statement in all().iter().flat_map(|grant| &grant.statements) {
            if statement.resources.iter().any(|resource| resource == "*") {
                for action in &statement.actions {
                    assert!(iam::wildcard_reason(action).is_some(), "{action}");
                }
            }
        }
    }

    #[test]
    fn kms_companions() {
        for (kind, actions, expected) in [
            (
                "dynamodb_table",
                &["dynamodb:GetItem"][..],
                &["kms:Decrypt"][..],
            ),
            (
                "dynamodb_table",
                &["dynamodb:PutItem"],
                &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            ),
            ("dynamodb_table", &["dynamodb:DescribeTable"], &[]),
            ("s3_bucket", &["s3:GetObject"], &["kms:Decrypt"]),
            // SDKs upload what is large in parts, whose putting together reads them.
            (
                "s3_bucket",
                &["s3:PutObject"],
                &["kms:Decrypt", "kms:GenerateDataKey"],
            ),
            (
                "s3_bucket",
                &["s3:PutObject", "s3:AbortMultipartUpload"],
                &["kms:Decrypt", "kms:GenerateDataKey"],
            ),
            ("s3_bucket", &["s3:DeleteObject", "s3:ListBucket"], &[]),
            (
                "sqs_queue",
                &["sqs:SendMessage"],
                &["kms:Decrypt", "kms:GenerateDataKey"],
            ),
            (
                "sqs_queue",
                &["sqs:ReceiveMessage", "sqs:DeleteMessage"],
                &["kms:Decrypt"],
            ),
            ("sqs_queue", &["sqs:DeleteMessage"], &[]),
            (
                "sns_topic",
                &["sns:publish"],
                &["kms:Decrypt", "kms:GenerateDataKey"],
            ),
            (
                "secret",
                &["secretsmanager:GetSecretValue"],
                &["kms:Decrypt"],
            ),
            ("kms_key", &["kms:Decrypt"], &[]),
            ("nothing", &["s3:GetObject"], &[]),
        ] {
            assert_eq!(kms_companion(kind, actions), expected, "{kind} {actions:?}");
        }
    }

    #[test]
    fn lookups() {
        assert_eq!(
            actions_of(grant("sqs_queue", "send").unwrap()),
            ["sqs:SendMessage"]
        );
        assert!(grant("sqs_queue", "nope").is_none());
        assert!(grants_of("s3_bucket").len() > 3);
        assert!(grants_of("nope").is_empty());
        assert_eq!(suggest("s3_bucket", "reed"), Some("read"));
    }

    proptest! {
        #[test]
        fn more_actions_never_need_less(picked in prop::collection::vec(prop::sample::select(
            iam::actions_of("dynamodb").map(|name| format!("dynamodb:{name}")).collect::<Vec<_>>()), 1..6))
        {
            let names: Vec<&str> = picked.iter().map(String::as_str).collect();
            let all = kms_companion("dynamodb_table", &names);
            prop_assert!(kms_companion("dynamodb_table", &names[1..]).iter().all(|action| all.contains(action)));
            prop_assert!(all.is_sorted());
        }
    }
}
