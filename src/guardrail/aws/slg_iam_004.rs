//! A resource or trust policy lets a service in on anybody's behalf.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-004",
    name: "confused-deputy",
    severity: Severity::High,
    risk: Risk::EventData,
    title: "A resource or trust policy lets a service in on anybody's behalf",
    why: "A service acts for every customer of AWS. Without aws:SourceArn or aws:SourceAccount \
          someone else's topic, bucket or schedule can use this resource through it. Operators \
          that let a request without the key through (…IfExists, ForAllValues) do not count. \
          Exempt: the trust policy of a function's role (lambda.amazonaws.com, \
          edgelambda.amazonaws.com), since it is unverified whether Lambda sends these keys when \
          it assumes the role, and a condition that is never met locks the function out; and \
          Lambda permissions, which SLG-IAM-005 judges.",
    fix: "Compare aws:SourceArn with the ARN of the source, or aws:SourceAccount with the account.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, The confused deputy problem",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for permission in input.permissions {
        let Some(service) = permission
            .principal
            .as_deref()
            .and_then(|principal| principal.strip_prefix("Service:"))
        else {
            continue;
        };
        let execution = permission.kind == PolicyKind::Trust
            && matches!(service, "lambda.amazonaws.com" | "edgelambda.amazonaws.com");
        let lambda_permission = permission.holder.starts_with("aws_lambda_");
        if permission.effect == Effect::Allow
            && permission.kind != PolicyKind::Identity
            && !execution
            && !lambda_permission
            && !binds_source(&permission.conditions)
        {
            report.permission(
                permission,
                format!(
                    "{service} may {} on behalf of any account: no condition binds its source",
                    permission.action
                ),
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
            &[allows(
                "aws_sqs_queue.q",
                "Service:sns.amazonaws.com",
                "sqs:SendMessage",
            )],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_iam_role.s",
                "Service:scheduler.amazonaws.com",
                "sts:AssumeRole",
            )],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "Service:s3.amazonaws.com",
                "sqs:SendMessage",
            )
            .when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*")],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "Service:sns.amazonaws.com",
                "sqs:SendMessage",
            )
            .when("StringEqualsIfExists", "aws:SourceAccount", "111111111111")],
        );
        fires_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "Service:lambda.amazonaws.com",
                "sqs:SendMessage",
            )],
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "Service:sns.amazonaws.com",
                "sqs:SendMessage",
            )
            .when("StringEquals", "aws:SourceAccount", "111111111111")],
        );
        silent_on(
            META.id,
            &[allows(
                "aws_kms_key.k",
                "Service:logs.eu-west-1.amazonaws.com",
                "kms:Decrypt",
            )
            .when(
                "ArnLike",
                "kms:EncryptionContext:aws:logs:arn",
                "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/orders-*",
            )],
        );
        silent_on(
            META.id,
            &[allows(
                "aws_iam_role.f",
                "Service:lambda.amazonaws.com",
                "sts:AssumeRole",
            )],
        );
        silent_on(
            META.id,
            &[allows(
                "aws_sqs_queue.q",
                "Service:sns.amazonaws.com",
                "sqs:SendMessage",
            )
            .denied()],
        );
    }
}
