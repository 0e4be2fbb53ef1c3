//! A role's sessions may last longer than an hour.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-009",
    name: "long-role-session",
    severity: Severity::Low,
    risk: Risk::LeastPrivilege,
    title: "A role's sessions may last longer than an hour",
    why: "Stolen credentials of the role work as long as the session does.",
    fix: "Set max_session_duration = 3600.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, Update the maximum session duration for a role",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for role in input.of_type("aws_iam_role") {
        let seconds = role.get("max_session_duration");
        // Unsaid it is 3600.
        if seconds.is_some() && number(seconds).is_none_or(|s| s > 3600.0) {
            weak(report, role, "max_session_duration");
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
resource "aws_iam_role" "r" { max_session_duration = 43200 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_iam_role" "r" { max_session_duration = var.s }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_iam_role" "r" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_iam_role" "r" { max_session_duration = 3600 }
"#,
        );
    }
}
