//! How much it matters that a role may do more: by the access level of what it may, by whose
//! resource it is, and by what the action is good for in the wrong hands (`aws/permissions.json`).
//! What is new itself is ranked by what it may do and by who can call it, not for being new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::allowed::lines;
use super::finding::PolicyLine;
use super::own::Own;
use super::places::Sort;
use crate::catalog::aws::iam;
use crate::catalog::aws::risk::{self, Harm};
use crate::guardrail::Severity;
use crate::iam::access::Grants;
use crate::iam::document::{Document, Statement};
use crate::iam::escalation::escalations;
use crate::iam::{Caller, Effect, Request, action_matches};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// By AWS's access level.
    levels: BTreeMap<String, Level>,
    bound: Bound,
    harms: Harms,
    /// Actions that matter more, or less, than their level says.
    actions: BTreeMap<String, Severity>,
    /// `*`, and everything but a few.
    everything: Severity,
    /// Actions that the facts do not know.
    unknown: Severity,
}

/// Of a resource that comes with the role, of another of the stack, and of any other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    new: Severity,
    own: Severity,
    elsewhere: Severity,
}

/// Uses of a key that give nothing by themselves: through a service, or for what one context encrypts, so that another
/// permission decides what is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bound {
    actions: BTreeSet<String>,
    /// Condition keys, in lower case; one that ends in `:` stands for all that begin so.
    keys: Vec<String>,
    own: Severity,
    elsewhere: Severity,
}

impl Bound {
    fn key(&self, key: &str) -> bool {
        let key = key.to_lowercase();
        self.keys
            .iter()
            .any(|known| key == *known || (known.ends_with(':') && key.starts_with(known.as_str())))
    }

    /// Whether a statement allows nothing outside of what such a key names.
    fn statement(&self, statement: &Statement) -> bool {
        statement.effect == Effect::Allow
            && statement.conditions.iter().any(|condition| {
                let exact = condition.operator.eq_ignore_ascii_case("StringEquals")
                    || condition.operator.eq_ignore_ascii_case("ArnEquals");
                let one = |value: &String| !value.contains(['*', '?']);
                exact && self.key(&condition.key) && condition.values.iter().all(one)
            })
    }
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

/// A role that may do more.
pub(super) struct Gain<'a> {
    /// What it had, and what it has.
    pub(super) grants: (&'a Grants, &'a Grants),
    /// A request that shows it.
    pub(super) request: &'a Request,
    /// What the stack has itself, before and after.
    pub(super) own: (&'a Own, &'a Own),
    /// ARNs of the functions whose code runs with the role.
    pub(super) code: &'a [String],
    /// Whether the role itself is new.
    pub(super) new: bool,
}

/// Of a role that may do more: the worst of the lines that are new, of a request that shows it, and
/// of the ways to more privilege that open.
pub(super) fn wider(gain: &Gain<'_>) -> Severity {
    let Some(table) = TABLE.as_ref() else {
        return Severity::High;
    };
    let (had, has) = gain.grants;
    let (old, new) = (lines(&had.policies), lines(&has.policies));
    let gained: Vec<&PolicyLine> = new
        .difference(&old)
        .filter(|line| line.effect == "Allow")
        .collect();
    let mild: BTreeMap<&PolicyLine, Severity> = gained
        .iter()
        .filter_map(|line| Some((*line, gain.mild(table, line, &new)?)))
        .collect();
    let by_line = |line: &PolicyLine| {
        let by_action = || table.line(&line.action, gain.whose(&line.resource));
        mild.get(line).copied().unwrap_or_else(by_action)
    };
    let worst = gained.iter().map(|line| by_line(line)).max();
    // A Deny or a boundary gave way: one request says little of how much.
    let mut severity = worst.unwrap_or(table.unknown);
    let request = gain.request;
    let denied_less = old.difference(&new).any(|line| line.effect == "Deny");
    let is_mild = || {
        mild.keys()
            .any(|line| line.action.eq_ignore_ascii_case(&request.action))
    };
    if denied_less || !is_mild() {
        severity = severity.max(table.line(&request.action, gain.whose(&request.resource)));
    }
    let paths = |grants: &Grants| -> BTreeSet<&str> {
        let open = escalations(grants).into_iter();
        open.map(|found| found.path.id.as_str()).collect()
    };
    if severity < table.harms.escalation && !paths(has).is_subset(&paths(had)) {
        severity = table.harms.escalation;
    }
    severity
}

impl Gain<'_> {
    fn whose(&self, resource: &str) -> Whose {
        if self.own.0.hold(resource) {
            Whose::Own
        } else if !self.own.1.hold(resource) {
            Whose::Elsewhere
        } else if self.new {
            Whose::New
        } else {
            Whose::Own
        }
    }

    /// The severity of a line that opens less than its action says.
    fn mild(
        &self,
        table: &Table,
        line: &PolicyLine,
        all: &BTreeSet<PolicyLine>,
    ) -> Option<Severity> {
        if self.denied_to_code(line, all) {
            return Some(Severity::Low);
        }
        let known = iam::action(&line.action)?;
        let bound = table.bound.actions.contains(&known.name) && self.bound(table, line);
        bound.then(|| match self.whose(&line.resource) {
            Whose::New | Whose::Own => table.bound.own,
            Whose::Elsewhere => table.bound.elsewhere,
        })
    }

    fn bound(&self, table: &Table, line: &PolicyLine) -> bool {
        let documents = self.grants.1.policies.iter().map(|document| Document {
            statements: document
                .statements
                .iter()
                .filter(|statement| table.bound.statement(statement))
                .cloned()
                .collect(),
            ..document.clone()
        });
        let documents: Vec<Document> = documents.collect();
        lines(&documents).contains(line)
    }

    /// Whether a Deny beside it leaves it to Lambda itself: no code that runs with the role may use it.
    fn denied_to_code(&self, line: &PolicyLine, all: &BTreeSet<PolicyLine>) -> bool {
        let denied = |function: &String| {
            let deny = |resource: &str| PolicyLine {
                effect: "Deny".to_owned(),
                resource: resource.to_owned(),
                conditions: format!("arnequals lambda:sourcefunctionarn {function}"),
                ..line.clone()
            };
            all.contains(&deny("*")) || all.contains(&deny(&line.resource))
        };
        !self.code.is_empty() && line.conditions.is_empty() && self.code.iter().all(denied)
    }
}

/// Of somebody whom a policy of a resource, a role or a function newly lets in. `new` says that what carries the policy
/// is new itself.
pub(super) fn admitted(
    sort: Sort,
    request: &Request,
    account: Option<&str>,
    new: bool,
) -> Severity {
    match &request.caller {
        Some(Caller::Service(_)) => {
            // A service that says on whose behalf it comes, or what it encrypts.
            let scoped = request.context.iter().any(|(key, values)| {
                let key = key.to_lowercase();
                let scopes = matches!(key.as_str(), "aws:sourcearn" | "aws:sourceaccount")
                    || key.starts_with("kms:encryptioncontext:");
                scopes && !values.is_empty()
            });
            match (scoped || sort == Sort::Trust, new) {
                // Who calls a new function is what its entry points are judged by.
                (true, true) if sort != Sort::Invoke => Severity::Low,
                (true, _) => Severity::Medium,
                (false, _) => Severity::High,
            }
        }
        Some(Caller::Aws(arn)) if in_account(arn, account) => Severity::High,
        _ => Severity::Critical,
    }
}

fn in_account(arn: &str, account: Option<&str>) -> bool {
    let named = arn.split(':').nth(4).unwrap_or(arn);
    account == Some(named)
}

/// Whose a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The stack's, and it comes with the role.
    New,
    /// The stack's.
    Own,
    /// Not the stack's.
    Elsewhere,
}

impl Table {
    /// Of an action pattern on a resource.
    fn line(&self, action: &str, whose: Whose) -> Severity {
        let Some((service, operation)) = action.split_once(':') else {
            return self.everything;
        };
        if action.starts_with("not ") || service.contains(['*', '?']) {
            return self.everything;
        }
        if !operation.contains(['*', '?']) {
            return self.action(action, whose);
        }
        let all = iam::actions_of(service);
        all.map(|operation| format!("{service}:{operation}"))
            .filter(|name| action_matches(action, name))
            .map(|name| self.action(&name, whose))
            .max()
            .unwrap_or(self.unknown)
    }

    fn action(&self, name: &str, whose: Whose) -> Severity {
        let Some(action) = iam::action(name) else {
            return self.unknown;
        };
        if let Some(severity) = self.actions.get(&action.name) {
            return *severity;
        }
        let by_level = self.levels.get(&action.level.to_string());
        let by_level = by_level.map_or(self.unknown, |level| match whose {
            Whose::New => level.new,
            Whose::Own => level.own,
            Whose::Elsewhere => level.elsewhere,
        });
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
            assert!(severity.new <= severity.own, "{level}");
            assert!(severity.own <= severity.elsewhere, "{level}");
        }
        assert_eq!(table().levels.len(), levels.len());
        for name in table().actions.keys().chain(&table().bound.actions) {
            let known = iam::action(name).map(|action| action.name);
            assert_eq!(known.as_ref(), Some(name));
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
            let whose = if own { Whose::Own } else { Whose::Elsewhere };
            assert_eq!(table().line(action, whose), severity, "{action}");
        }
    }
}
