//! An Allow holds an action wildcard.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-001",
    name: "action-wildcard",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "An Allow holds an action wildcard",
    why: "A wildcard grants what nobody listed, and it grows by itself: AWS adds some 330 actions \
          a month. Exempt is the statement of a key policy that hands the key to the account root \
          with kms:*: without it a key can become unmanageable, and it grants nothing until an \
          identity policy does.",
    fix: "List the actions that the code calls.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub IAM.1",
        "AWS Security Hub IAM.21",
        "CIS AWS Foundations 3.0.0 1.16",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let own = accounts(input.graph);
    for permission in input.permissions {
        let delegation = permission.kind == PolicyKind::Resource
            && permission.holder.starts_with("aws_kms_key.")
            && permission.action.eq_ignore_ascii_case("kms:*")
            && permission
                .principal
                .as_deref()
                .is_some_and(|principal| own.is_root(principal));
        if permission.effect == Effect::Allow
            && permission.action.contains(['*', '?'])
            && !delegation
        {
            report.permission(
                permission,
                format!("{} is allowed by a wildcard", permission.action),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires_on(
            META.id,
            &[identity("sqs:*", "arn:aws:sqs:eu-west-1:111111111111:jobs")],
        );
        fires_on(META.id, &[identity("*", "*")]);
        fires_on(META.id, &[identity("s3:Get?bject", "arn:aws:s3:::b/*")]);
        fires_on(
            META.id,
            &[allows(
                "aws_kms_key.stack",
                "AWS:arn:aws:iam::999999999999:root",
                "kms:*",
            )],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_sqs_queue.jobs",
                "AWS:arn:aws:iam::111111111111:root",
                "sqs:*",
            )],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_kms_key.stack",
                "Service:logs.amazonaws.com",
                "kms:*",
            )],
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent_on(
            META.id,
            &[identity(
                "sqs:SendMessage",
                "arn:aws:sqs:eu-west-1:111111111111:jobs",
            )],
        );
        silent_on(META.id, &[identity("sqs:*", "*").denied()]);
        silent_on(
            META.id,
            &[allows(
                "aws_kms_key.stack",
                "AWS:arn:aws:iam::111111111111:root",
                "kms:*",
            )],
        );
    }
}
