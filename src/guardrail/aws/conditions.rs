//! What the conditions of a policy statement really bind.

use std::collections::BTreeSet;

use super::read::items;
use crate::graph::{Graph, Kind};
use crate::iam::Conditions;

/// The account the stack lives in, as far as the code says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Account {
    /// The provider accepts these accounts only.
    Known(BTreeSet<String>),
    /// The provider names none, so that no principal can be told to be our own.
    Unknown,
}

impl Account {
    /// Whether this is one of the stack's own accounts.
    pub(super) fn is_own(&self, id: &str) -> bool {
        matches!(self, Self::Known(own) if own.contains(id))
    }

    /// Whether a principal is the root of an own account, `AWS:arn:aws:iam::111111111111:root`.
    pub(super) fn is_root(&self, principal: &str) -> bool {
        let fields: Vec<&str> = principal.splitn(7, ':').collect();
        matches!(fields.as_slice(), ["AWS", "arn", _, "iam", "", account, "root"] if self.is_own(account))
    }
}

/// The accounts that every `provider "aws"` block allows.
pub(super) fn accounts(graph: &Graph) -> Account {
    let mut own = BTreeSet::new();
    for provider in graph.providers.get("aws").into_iter().flatten() {
        for id in items(provider.get("allowed_account_ids")) {
            match &id.kind {
                Kind::String(id) => own.insert(id.clone()),
                _ => return Account::Unknown,
            };
        }
    }
    if own.is_empty() {
        Account::Unknown
    } else {
        Account::Known(own)
    }
}

/// Values of the keys that a request must carry and match: operators that refuse when the key is
/// absent. `…IfExists`, `ForAllValues:…` and negations let such a request through.
fn required<'a>(
    conditions: &'a Conditions,
    keys: &'a [&str],
) -> impl Iterator<Item = &'a BTreeSet<String>> {
    conditions
        .iter()
        .filter(|(operator, _)| {
            let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
            [
                "StringEquals",
                "StringEqualsIgnoreCase",
                "StringLike",
                "ArnEquals",
                "ArnLike",
            ]
            .iter()
            .any(|known| operator.eq_ignore_ascii_case(known))
        })
        .flat_map(|(_, by_key)| by_key)
        .filter(|(key, _)| keys.iter().any(|k| key.eq_ignore_ascii_case(k)))
        .map(|(_, values)| values)
        .filter(|values| !values.is_empty())
}

/// Whether a value that should bind something binds nothing: only wildcards, or an ARN with neither
/// an account nor a beginning of a name.
pub(super) fn negligible(value: &str) -> bool {
    let wild = |s: &str| s.chars().all(|c| matches!(c, '*' | '?'));
    if !value.starts_with("arn:") {
        return value.is_empty() || wild(value.split(':').next().unwrap_or_default());
    }
    let mut fields = value.splitn(6, ':').skip(4);
    let account = fields.next().unwrap_or_default();
    let name = fields.next().unwrap_or_default();
    if account.is_empty() {
        name.is_empty() || name.starts_with(['*', '?'])
    } else {
        account.contains(['*', '?'])
    }
}

/// Whether the conditions tie a service's request to its source: the resource or the account on
/// whose behalf the service acts.
///
/// In a key policy that lets the logs service in, the encryption context names the log group's ARN
/// (Amazon `CloudWatch` Logs user guide, "Encrypt log data using AWS KMS").
pub(super) fn binds_source(conditions: &Conditions) -> bool {
    let keys = [
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgID",
        "kms:EncryptionContext:aws:logs:arn",
    ];
    required(conditions, &keys).any(|values| !values.iter().any(|value| negligible(value)))
}

/// Whether the conditions keep a request to the stack's own account, whoever makes it.
pub(super) fn binds_to_own_account(conditions: &Conditions, own: &Account) -> bool {
    let keys = [
        "aws:PrincipalAccount",
        "aws:SourceAccount",
        "kms:CallerAccount",
    ];
    required(conditions, &keys).any(|values| values.iter().all(|id| own.is_own(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn condition(operator: &str, key: &str, value: &str) -> Conditions {
        BTreeMap::from([(
            operator.to_owned(),
            BTreeMap::from([(key.to_owned(), BTreeSet::from([value.to_owned()]))]),
        )])
    }

    #[test]
    fn only_required_values_bind() {
        for (operator, key, value, binds) in [
            ("StringEquals", "aws:SourceAccount", "111111111111", true),
            ("StringEquals", "AWS:sourceaccount", "111111111111", true),
            (
                "ArnLike",
                "aws:SourceArn",
                "arn:aws:logs:eu-west-1:111111111111:*",
                true,
            ),
            (
                "ArnLike",
                "aws:SourceArn",
                "arn:aws:s3:::acme-incoming",
                true,
            ),
            (
                "ArnLike",
                "aws:SourceArn",
                "<aws_sns_topic.alarms.arn>",
                true,
            ),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", false),
            ("ArnLike", "aws:SourceArn", "arn:aws:logs:*:*:*", false),
            ("ArnLike", "aws:SourceArn", "*", false),
            ("StringLike", "aws:SourceAccount", "*", false),
            (
                "StringEqualsIfExists",
                "aws:SourceAccount",
                "111111111111",
                false,
            ),
            (
                "ForAllValues:StringEquals",
                "aws:SourceAccount",
                "111111111111",
                false,
            ),
            (
                "StringNotEquals",
                "aws:SourceAccount",
                "111111111111",
                false,
            ),
            ("StringEquals", "aws:RequestedRegion", "eu-west-1", false),
        ] {
            assert_eq!(
                binds_source(&condition(operator, key, value)),
                binds,
                "{operator} {key} {value}"
            );
        }
    }
}
