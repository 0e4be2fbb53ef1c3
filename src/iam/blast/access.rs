//! What an action does, and to what kind of thing.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::catalog::aws::iam::{self, AccessLevel};
use crate::iam::template::action_matches;

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Its content or settings are read or listed.
    Read,
    /// It is created or changed, or something is sent to it.
    Write,
    /// It or its content is deleted.
    Delete,
    /// It is run.
    Invoke,
    /// It is acted as.
    Assume,
    /// It is given to a service.
    Pass,
    /// Others are let in, or kept out.
    Grant,
    /// A key encrypts or decrypts.
    Use,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Invoke => "invoke",
            Self::Assume => "assume",
            Self::Pass => "pass",
            Self::Grant => "grant",
            Self::Use => "use",
        })
    }
}

/// A kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Data and messages.
    Data,
    /// Functions and state machines.
    Code,
    /// Roles and users.
    Identity,
    /// Keys.
    Key,
    /// Anything else: logs, traces, network.
    Other,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "data",
            Self::Code => "code",
            Self::Identity => "identities",
            Self::Key => "keys",
            Self::Other => "other",
        })
    }
}

/// IAM prefixes of services whose resources hold data or messages, sorted.
const DATA: [&str; 34] = [
    "aoss",
    "apigateway",
    "athena",
    "cassandra",
    "dax",
    "dynamodb",
    "elasticache",
    "elasticfilesystem",
    "es",
    "events",
    "firehose",
    "geo",
    "glue",
    "iot",
    "kafka-cluster",
    "kinesis",
    "kinesisvideo",
    "memorydb",
    "mq",
    "neptune-db",
    "qldb",
    "rds",
    "rds-data",
    "rds-db",
    "redshift",
    "redshift-data",
    "s3",
    "s3express",
    "s3-object-lambda",
    "s3tables",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
];

fn class(prefix: &str) -> Class {
    match prefix {
        "lambda" | "states" | "execute-api" => Class::Code,
        "iam" | "sts" => Class::Identity,
        "kms" => Class::Key,
        other if DATA.contains(&other) => Class::Data,
        _ => Class::Other,
    }
}

/// What an action, or all that a pattern of actions matches, does.
pub(super) fn of(pattern: &str) -> BTreeSet<(Class, Access)> {
    let Some((prefix, operation)) = pattern.split_once(':') else {
        // `*`: everything.
        return every(|_| true);
    };
    let prefix = prefix.to_ascii_lowercase();
    if prefix.contains(['*', '?']) {
        return every(|service| action_matches(&prefix, service));
    }
    if operation.contains(['*', '?']) {
        let found: BTreeSet<_> = iam::actions_of(&prefix)
            .filter(|name| action_matches(operation, name))
            .map(|name| one(&prefix, name))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    BTreeSet::from([one(&prefix, operation)])
        .into_iter()
        .chain((operation == "BatchWriteItem").then_some((Class::Data, Access::Delete)))
        .collect()
}

/// Everything that the services of a pattern could do, by their classes.
fn every(service: impl Fn(&str) -> bool) -> BTreeSet<(Class, Access)> {
    let mut found = BTreeSet::new();
    for class in iam::services().filter(|name| service(name)).map(class) {
        let kinds: &[Access] = match class {
            Class::Data | Class::Other => {
                &[Access::Read, Access::Write, Access::Delete, Access::Grant]
            }
            Class::Code => &[
                Access::Read,
                Access::Write,
                Access::Delete,
                Access::Invoke,
                Access::Grant,
            ],
            Class::Identity => &[
                Access::Read,
                Access::Write,
                Access::Delete,
                Access::Assume,
                Access::Pass,
                Access::Grant,
            ],
            Class::Key => &[Access::Read, Access::Use, Access::Grant],
        };
        found.extend(kinds.iter().map(|access| (class, *access)));
    }
    found
}

fn one(prefix: &str, operation: &str) -> (Class, Access) {
    let class = class(prefix);
    let is = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(operation));
    let starts = |heads: &[&str]| {
        heads.iter().any(|head| {
            operation
                .get(..head.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(head))
        })
    };
    let level = iam::action(&format!("{prefix}:{operation}")).map(|facts| facts.level);
    let access = match class {
        Class::Code if starts(&["Invoke"]) || is(&["StartExecution", "StartSyncExecution"]) => {
            Access::Invoke
        }
        Class::Identity if starts(&["AssumeRole"]) => Access::Assume,
        Class::Identity if is(&["PassRole"]) => Access::Pass,
        Class::Key if starts(&["Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt"]) => {
            Access::Use
        }
        _ => match level {
            Some(AccessLevel::List | AccessLevel::Read) => Access::Read,
            Some(AccessLevel::PermissionsManagement) => Access::Grant,
            // A tag can decide who is let in, but is no grant by itself.
            Some(AccessLevel::Tagging) => Access::Write,
            Some(AccessLevel::Write) | None => {
                let deletes =
                    starts(&["Delete", "BatchDelete", "Remove", "Purge", "PartiQLDelete"]);
                if deletes {
                    Access::Delete
                } else {
                    Access::Write
                }
            }
        },
    };
    (class, access)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_told_apart() {
        for (action, expected) in [
            ("dynamodb:GetItem", (Class::Data, Access::Read)),
            ("dynamodb:PutItem", (Class::Data, Access::Write)),
            ("dynamodb:deleteitem", (Class::Data, Access::Delete)),
            ("sqs:SendMessage", (Class::Data, Access::Write)),
            ("sqs:DeleteMessage", (Class::Data, Access::Delete)),
            ("s3:PutBucketPolicy", (Class::Data, Access::Grant)),
            ("lambda:InvokeFunction", (Class::Code, Access::Invoke)),
            ("states:StartExecution", (Class::Code, Access::Invoke)),
            ("sts:AssumeRole", (Class::Identity, Access::Assume)),
            ("iam:PassRole", (Class::Identity, Access::Pass)),
            ("kms:Decrypt", (Class::Key, Access::Use)),
            ("logs:PutLogEvents", (Class::Other, Access::Write)),
            ("dynamodb:Invented", (Class::Data, Access::Write)),
        ] {
            assert_eq!(of(action), BTreeSet::from([expected]), "{action}");
        }
        assert!(of("sqs:*").is_superset(&of("sqs:SendMessage")));
        assert!(of("*").is_superset(&of("iam:PassRole")));
        assert!(of("dynamodb:BatchWriteItem").contains(&(Class::Data, Access::Delete)));
    }

    #[test]
    fn the_services_exist() {
        assert!(DATA.is_sorted_by(|a, b| a.replace('-', "") <= b.replace('-', "")));
        for prefix in DATA {
            assert!(iam::service_exists(prefix), "{prefix}");
        }
    }
}
