//! The first invariant: the permissions read back equal the ledger, both ways. Never waivable.

use std::collections::BTreeSet;
use std::fmt;

use crate::iam::{Effect, Permission, PolicyKind};

/// A permission that stands on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// In the ledger, not in the rendered text.
    Missing(Permission),
    /// In the rendered text, not in the ledger.
    Extra(Permission),
}

impl Difference {
    /// The permission.
    pub fn permission(&self) -> &Permission {
        match self {
            Self::Missing(permission) | Self::Extra(permission) => permission,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (permission, which) = match self {
            Self::Missing(permission) => {
                (permission, "in the ledger, but not in the rendered text")
            }
            Self::Extra(permission) => (permission, "in the rendered text, but not in the ledger"),
        };
        describe(permission, f)?;
        write!(f, " is {which}")
    }
}

fn describe(p: &Permission, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let kind = match p.kind {
        PolicyKind::Identity => "identity",
        PolicyKind::Trust => "trust",
        PolicyKind::Resource => "resource",
    };
    let effect = match p.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    write!(
        f,
        "{} ({kind} policy): {effect} {} on {}",
        p.holder, p.action, p.resource
    )?;
    if let Some(principal) = &p.principal {
        write!(f, " to {principal}")?;
    }
    let mut joint = " if ";
    for (operator, keys) in &p.conditions {
        for (key, values) in keys {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            write!(f, "{joint}{operator} {key} = {}", values.join(" | "))?;
            joint = " and ";
        }
    }
    Ok(())
}

/// Compares the ledger with the permissions read back.
///
/// # Errors
/// Every difference, sorted: what is missing, then what is extra. A difference is a fault of slgen
/// itself and no exception covers it.
pub fn compare(
    ledger: &BTreeSet<Permission>,
    read: &BTreeSet<Permission>,
) -> Result<(), Vec<Difference>> {
    let missing = ledger.difference(read).cloned().map(Difference::Missing);
    let extra = read.difference(ledger).cloned().map(Difference::Extra);
    let differences: Vec<Difference> = missing.chain(extra).collect();
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn permission(action: &str) -> Permission {
        Permission {
            holder: "aws_iam_role.worker".into(),
            kind: PolicyKind::Identity,
            effect: Effect::Allow,
            principal: None,
            action: action.into(),
            resource: "arn:aws:sqs:eu-west-1:111111111111:jobs".into(),
            conditions: BTreeMap::new(),
        }
    }

    #[test]
    fn equal_sets_pass() {
        let set = BTreeSet::from([permission("sqs:SendMessage")]);
        assert_eq!(compare(&set, &set), Ok(()));
    }

    #[test]
    fn differences_are_found_both_ways() {
        let ledger = BTreeSet::from([permission("sqs:SendMessage")]);
        let read = BTreeSet::from([permission("sqs:ReceiveMessage")]);
        let texts: Vec<String> = compare(&ledger, &read)
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            texts,
            [
                "aws_iam_role.worker (identity policy): Allow sqs:SendMessage on \
                 arn:aws:sqs:eu-west-1:111111111111:jobs is in the ledger, but not in the rendered text",
                "aws_iam_role.worker (identity policy): Allow sqs:ReceiveMessage on \
                 arn:aws:sqs:eu-west-1:111111111111:jobs is in the rendered text, but not in the ledger",
            ]
        );
    }

    #[test]
    fn a_lost_condition_is_a_difference() {
        let mut bound = permission("kms:Decrypt");
        bound.conditions = BTreeMap::from([(
            "StringEquals".to_owned(),
            BTreeMap::from([(
                "kms:ViaService".to_owned(),
                BTreeSet::from(["sqs.eu-west-1.amazonaws.com".to_owned()]),
            )]),
        )]);
        let ledger = BTreeSet::from([bound.clone()]);
        let read = BTreeSet::from([permission("kms:Decrypt")]);
        let differences = compare(&ledger, &read).unwrap_err();
        assert_eq!(differences.len(), 2);
        assert_eq!(differences[0].permission(), &bound);
        assert!(differences[0].to_string().contains(
            " if StringEquals kms:ViaService = sqs.eu-west-1.amazonaws.com is in the ledger"
        ));
    }
}
