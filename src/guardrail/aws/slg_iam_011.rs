//! The stack makes a user, a login or an access key.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-011",
    name: "long-lived-credentials",
    severity: Severity::High,
    risk: Risk::Authentication,
    title: "The stack makes a user, a login or an access key",
    why: "Their credentials never expire, stand in the state and are what leaks most. Nothing \
          serverless needs one.",
    fix: "Use roles.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "AWS IAM User Guide, Security best practices in IAM",
        "AWS Well-Architected, Security Pillar, SEC02-BP02",
    ],
};

const KINDS: [&str; 7] = [
    "aws_iam_access_key",
    "aws_iam_service_specific_credential",
    "aws_iam_signing_certificate",
    "aws_iam_user",
    "aws_iam_user_login_profile",
    "aws_iam_user_policy",
    "aws_iam_user_ssh_key",
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for kind in KINDS {
        for resource in input.of_type(kind) {
            report.resource(resource, "credentials that do not expire");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires(
            META.id,
            r#"
resource "aws_iam_user" "u" { name = "ci" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_iam_access_key" "k" { user = "ci" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_iam_role" "r" { name = "ci" }
"#,
        );
    }
}
