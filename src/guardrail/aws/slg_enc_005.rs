//! A key can be deleted in a hurry, is disabled, or can lock its owner out.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-005",
    name: "key-can-be-lost",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "A key can be deleted in a hurry, is disabled, or can lock its owner out",
    why: "What a key encrypted is gone with it. A window of less than 14 days passes unnoticed in \
          a holiday; without the lockout check a faulty policy makes the key unmanageable.",
    fix: "Leave deletion_window_in_days at 30, is_enabled at true and \
          bypass_policy_lockout_safety_check at false.",
    references: &[
        "AWS Security Hub KMS.3",
        "AWS KMS Developer Guide, Deleting AWS KMS keys",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for key in input.of_type("aws_kms_key") {
        let window = key.get("deletion_window_in_days");
        if window.is_some() && number(window).is_none_or(|days| days < 14.0) {
            weak(report, key, "deletion_window_in_days");
        }
        let enabled = key.get("is_enabled");
        if enabled.is_some() && !is_true(enabled) {
            weak(report, key, "is_enabled");
        }
        let bypass = "bypass_policy_lockout_safety_check";
        if key.get(bypass).is_some_and(|v| v.as_bool() != Some(false)) {
            weak(report, key, bypass);
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
resource "aws_kms_key" "k" { deletion_window_in_days = 7 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" { is_enabled = false }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" { bypass_policy_lockout_safety_check = true }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" { deletion_window_in_days = var.days }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_kms_key" "k" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_kms_key" "k" {
  deletion_window_in_days            = 14
  is_enabled                         = true
  bypass_policy_lockout_safety_check = false
}
"#,
        );
    }
}
