//! A key is not rotated.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-004",
    name: "key-without-rotation",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "A key is not rotated",
    why: "Without rotation one key encrypts everything for ever. Asymmetric and HMAC keys are \
          exempt: KMS cannot rotate them.",
    fix: "Set enable_key_rotation = true.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "AWS Security Hub KMS.4",
        "CIS AWS Foundations 3.0.0 3.6",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for key in input.of_type("aws_kms_key") {
        let spec = known(key.get("customer_master_key_spec"));
        let rotation = key.get("enable_key_rotation");
        if spec.is_none_or(|spec| spec == "SYMMETRIC_DEFAULT") && !is_true(rotation) {
            report.attribute(
                key,
                "enable_key_rotation",
                format!("enable_key_rotation {}", state(rotation)),
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
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" { enable_key_rotation = false }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" { enable_key_rotation = var.rotate }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_kms_key" "k" { enable_key_rotation = true }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_kms_key" "k" { customer_master_key_spec = "ECC_NIST_P256" }
"#,
        );
    }
}
