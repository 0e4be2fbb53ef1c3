//! A key may be replicated to other regions.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-006",
    name: "multi-region-key",
    severity: Severity::Low,
    risk: Risk::Encryption,
    title: "A key may be replicated to other regions",
    why: "Its material then leaves the region the data is held in, and each replica has a policy \
          of its own.",
    fix: "Set multi_region = false.",
    references: &["AWS KMS Developer Guide, Multi-Region keys in AWS KMS: security considerations"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for key in input.of_type("aws_kms_key") {
        let several = key.get("multi_region");
        if several.is_some_and(|v| v.as_bool() != Some(false)) {
            weak(report, key, "multi_region");
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
resource "aws_kms_key" "k" { multi_region = true }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kms_key" "k" { multi_region = var.m }
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
resource "aws_kms_key" "k" { multi_region = false }
"#,
        );
    }
}
