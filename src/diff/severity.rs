//! How much it matters that a role may do more: by the access level of what it may, by whose
//! resource it is, and by what the action is good for in the wrong hands (`aws/permissions.json`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::finding::PolicyLine;
use super::normalise::Names;
use crate::catalog::aws::iam;
use crate::catalog::aws::risk::{self, Harm};
use crate::graph::Graph;
use crate::guardrail::Severity;
use crate::iam::access::Grants;
use crate::iam::escalation::escalations;
use crate::iam::{Request, action_matches};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// By AWS's access level.
    levels: BTreeMap<String, Level>,
    harms: Harms,
    /// Actions that matter more, or less, than their level says.
    actions: BTreeMap<String, Severity>,
    /// `*`, and everything but a few.
    everything: Severity,
    /// Actions that the facts do not know.
    unknown: Severity,
}

/// Of a resource of the stack, and of any other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    own: Severity,
    elsewhere: Severity,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Harms {
    escalation: Severity,
    credentials: Severity,
    exposure: Severity,
}

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/permissions.json")).ok());

/// Of a role that may do more: the worst of the lines that are new, of a request that shows it, and
/// of the ways to more privilege that open.
pub(super) fn wider(
    before: &Grants,
    after: &Grants,
    request: &Request,
    gained: &[&PolicyLine],
    own: &[&Own],
) -> Severity {
    let Some(table) = TABLE.as_ref() else {
        return Severity::High;
    };
    let allows = || gained.iter().filter(|line| line.effect == "Allow");
    let mut severity = table.line(&request.action, &request.resource, own);
    for line in allows() {
        severity = severity.max(table.line(&line.action, &line.resource, own));
    }
    // A Deny or a boundary gave way: one request says little of how much.
    if allows().next().is_none() {
        severity = severity.max(table.unknown);
    }
    let paths = |grants: &Grants| -> BTreeSet<&str> {
        let open = escalations(grants).into_iter();
        open.map(|found| found.path.id.as_str()).collect()
    };
    if severity < table.harms.escalation && !paths(after).is_subset(&paths(before)) {
        severity = table.harms.escalation;
    }
    severity
}

/// ARNs of the resources that a stack has itself.
#[derive(Debug, Default)]
pub(super) struct Own(BTreeSet<String>);

impl Own {
    pub(super) fn of(graph: &Graph) -> Self {
        let names = Names::of(graph);
        let managed = graph.resources.keys().filter(|a| !a.data);
        let arns = managed.map(|address| {
            let symbol = format!("{address}.arn");
            names.arn(&symbol).unwrap_or_else(|| format!("<{symbol}>"))
        });
        Self(arns.collect())
    }

    /// Whether a resource pattern names one of them, or something in one.
    fn hold(&self, pattern: &str) -> bool {
        let ends = pattern.match_indices([':', '/']).map(|(at, _)| at);
        ends.chain([pattern.len()])
            .filter_map(|end| pattern.get(..end))
            .any(|arn| self.0.contains(arn))
    }
}

impl Table {
    /// Of an action pattern on a resource pattern.
    fn line(&self, action: &str, resource: &str, own: &[&Own]) -> Severity {
        let Some((service, operation)) = action.split_once(':') else {
            return self.everything;
        };
        if action.starts_with("not ") || service.contains(['*', '?']) {
            return self.everything;
        }
        let own = own.iter().any(|own| own.hold(resource));
        if !operation.contains(['*', '?']) {
            return self.action(action, own);
        }
        let all = iam::actions_of(service).into_iter();
        all.map(|operation| format!("{service}:{operation}"))
            .filter(|name| action_matches(action, name))
            .map(|name| self.action(&name, own))
            .max()
            .unwrap_or(self.unknown)
    }

    fn action(&self, name: &str, own: bool) -> Severity {
        let Some(action) = iam::action(name) else {
            return self.unknown;
        };
        if let Some(severity) = self.actions.get(&action.name) {
            return *severity;
        }
        let by_level = self.levels.get(&action.level.to_string());
        let by_level = by_level.map_or(
            self.unknown,
            |level| {
                if own { level.own } else { level.elsewhere }
            },
        );
        let harms = risk::harms(&action.name, |_| false).into_iter();
        harms
            .filter_map(|harm| match harm {
                Harm::Escalation => Some(self.harms.escalation),
                Harm::Credentials => Some(self.harms.credentials),
                Harm::Exposure => Some(self.harms.exposure),
                // What is read in bulk is what the level says.
                Harm::Data => None,
            })
            .fold(by_level, Severity::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::iam::AccessLevel;

    fn table() -> &'static Table {
        TABLE.as_ref().unwrap()
    }

    #[test]
    fn every_level_has_a_severity_and_every_action_exists() {
        let levels = [
            AccessLevel::List,
            AccessLevel::Read,
            AccessLevel::Write,
            AccessLevel::Tagging,
            AccessLevel::PermissionsManagement,
        ];
        for level in levels {
            let severity = &table().levels[&level.to_string()];
            assert!(severity.own <= severity.elsewhere, "{level}");
        }
        assert_eq!(table().levels.len(), levels.len());
        for name in table().actions.keys() {
            let known = iam::action(name).map(|action| action.name);
            assert_eq!(known.as_ref(), Some(name));
        }
    }

    #[test]
    fn what_is_in_a_resource_is_of_the_resource() {
        let own = Own(["arn:aws:s3:::b", "<aws_kms_key.k.arn>"]
            .map(str::to_owned)
            .into());
        for pattern in ["arn:aws:s3:::b", "arn:aws:s3:::b/*", "<aws_kms_key.k.arn>"] {
            assert!(own.hold(pattern), "{pattern}");
        }
        for pattern in [
            "arn:aws:s3:::b*",
            "arn:aws:s3:::bb/x",
            "arn:aws:s3:::*",
            "*",
        ] {
            assert!(!own.hold(pattern), "{pattern}");
        }
    }

    #[test]
    fn by_level_harm_and_owner() {
        for (action, own, severity) in [
            ("s3:ListBucket", true, Severity::Low),
            ("dynamodb:getitem", true, Severity::Medium),
            ("dynamodb:GetItem", false, Severity::High),
            ("sqs:TagQueue", true, Severity::Medium),
            ("dynamodb:DeleteItem", true, Severity::High),
            ("logs:PutLogEvents", true, Severity::Low),
            ("secretsmanager:GetSecretValue", true, Severity::High),
            ("s3:PutBucketPolicy", true, Severity::Critical),
            ("lambda:UpdateFunctionCode", true, Severity::Critical),
            ("iam:PassRole", true, Severity::Critical),
            ("iam:CreateAccessKey", false, Severity::Critical),
            ("sts:AssumeRole", false, Severity::High),
            ("newservice:DoThings", true, Severity::High),
            // The worst of what a pattern stands for.
            ("dynamodb:Describe*", true, Severity::Medium),
            ("dynamodb:*Item", true, Severity::High),
            ("s3:*", true, Severity::Critical),
            ("*", true, Severity::Critical),
            ("not iam:*", true, Severity::Critical),
        ] {
            let arn = "arn:aws:s3:::b";
            let own = Own(own.then(|| arn.to_owned()).into_iter().collect());
            let resource = format!("{arn}/*");
            assert_eq!(
                table().line(action, &resource, &[&own]),
                severity,
                "{action}"
            );
        }
    }
}
