//! A bucket, repository or secret is deleted with all that is in it.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-006",
    name: "forced-deletion",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A bucket, repository or secret is deleted with all that is in it",
    why: "The refusal to delete what is not empty is the last one there is.",
    fix: "Leave force_destroy and force_delete at false, and the recovery window of a secret at 7 \
          days or more.",
    references: &[
        "Terraform documentation, Resource: aws_s3_bucket",
        "AWS Well-Architected, Reliability Pillar, REL09-BP02",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, attribute) in [
        ("aws_ecr_repository", "force_delete"),
        ("aws_s3_bucket", "force_destroy"),
    ] {
        for resource in input.of_type(kind) {
            let forced = resource.get(attribute);
            if forced.is_some_and(|v| v.as_bool() != Some(false)) {
                weak(report, resource, attribute);
            }
        }
    }
    for secret in input.of_type("aws_secretsmanager_secret") {
        let window = secret.get("recovery_window_in_days");
        // Unsaid it is 30.
        if window.is_some() && number(window).is_none_or(|days| days < 7.0) {
            weak(report, secret, "recovery_window_in_days");
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
resource "aws_s3_bucket" "b" { force_destroy = true }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_ecr_repository" "r" { force_delete = var.f }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_secretsmanager_secret" "s" { recovery_window_in_days = 0 }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { force_destroy = false }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_ecr_repository" "r" {}
"#,
        );
    }
}
