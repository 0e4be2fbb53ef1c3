//! A policy lets the public or another account in.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-006",
    name: "foreign-principal",
    severity: Severity::Critical,
    risk: Risk::LeastPrivilege,
    title: "A policy lets the public or another account in",
    why: "Whoever the principal is, it is outside this account's control. A principal counts as \
          the stack's own when it is in an account that the provider's allowed_account_ids names, \
          or a resource of the stack. The public may stand as principal when a condition requires \
          the own account (aws:PrincipalAccount, aws:SourceAccount, kms:CallerAccount). A \
          federated principal needs a condition.",
    fix: "Name principals of the own account; let others in through an API.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub Lambda.1",
        "AWS Security Hub SQS.3",
        "AWS Security Hub SNS.4",
        "AWS Security Hub S3.2",
        "AWS Security Hub KMS.5",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let own = accounts(input.graph);
    for permission in input.permissions {
        let Some(principal) = permission.principal.as_deref() else {
            continue;
        };
        if permission.effect != Effect::Allow
            || principal.starts_with("Service:")
            || own_principal(principal, &own, input)
            || binds_to_own_account(&permission.conditions, &own)
            || (principal.starts_with("Federated:") && !permission.conditions.is_empty())
        {
            continue;
        }
        let who = match principal {
            "*" | "AWS:*" => "anyone".to_owned(),
            _ if own == Account::Unknown => {
                format!("{principal} (the provider names no allowed_account_ids to compare with)")
            }
            _ => principal.to_owned(),
        };
        report.permission(permission, format!("{who} may {}", permission.action));
    }
}

fn own_principal(principal: &str, own: &Account, input: &Context<'_>) -> bool {
    let Some(id) = principal.strip_prefix("AWS:") else {
        return false;
    };
    if let Some(symbol) = id.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
        return input.owner(symbol).is_some();
    }
    let account = match id.strip_prefix("arn:") {
        Some(rest) => rest.split(':').nth(3).unwrap_or_default(),
        None => id,
    };
    own.is_own(account)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires_on(
            META.id,
            &[allows("aws_sqs_queue.q", "*", "sqs:SendMessage")],
        );
        fires_on(
            META.id,
            &[allows("aws_sqs_queue.q", "AWS:*", "sqs:SendMessage")],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "AWS:arn:aws:iam::999999999999:root",
                "sqs:SendMessage",
            )],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_iam_role.r",
                "AWS:<var.partner>",
                "sts:AssumeRole",
            )],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_iam_role.r",
                "Federated:cognito-identity.amazonaws.com",
                "sts:AssumeRoleWithWebIdentity",
            )],
        );
        fires_on(
            META.id,
            &[allows("aws_sqs_queue.q", "*", "sqs:SendMessage").when(
                "StringEquals",
                "aws:PrincipalAccount",
                "999999999999",
            )],
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent_on(
            META.id,
            &[allows("aws_sqs_queue.q", "*", "sqs:SendMessage").when(
                "StringEquals",
                "aws:PrincipalAccount",
                "111111111111",
            )],
        );
        silent_on(
            META.id,
            &[allows(
                "aws_kms_key.k",
                "AWS:arn:aws:iam::111111111111:root",
                "kms:*",
            )],
        );
        silent_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "AWS:<aws_iam_role.f.arn>",
                "sqs:SendMessage",
            )],
        );
        silent_on(META.id, &[allows("aws_sqs_queue.q", "*", "sqs:*").denied()]);
        silent_on(
            META.id,
            &[allows(
                "aws_iam_role.f",
                "Service:lambda.amazonaws.com",
                "sts:AssumeRole",
            )],
        );
    }
}
