//! A log group is not encrypted with a customer-managed key.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-001",
    name: "log-group-without-key",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "A log group is not encrypted with a customer-managed key",
    why: "Logs hold what went wrong, often with data in it. With a key of one's own reading them \
          needs a second permission, is audited and can be cut off.",
    fix: "Set kms_key_id to the stack's key.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "Amazon CloudWatch Logs User Guide, Encrypt log data in CloudWatch Logs using AWS KMS",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for group in input.of_type("aws_cloudwatch_log_group") {
        let key = group.get("kms_key_id");
        if !customer_key(input, key) {
            report.attribute(group, "kms_key_id", format!("kms_key_id {}", state(key)));
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
resource "aws_cloudwatch_log_group" "g" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { kms_key_id = var.key }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_kms_key" "stack" {}
resource "aws_cloudwatch_log_group" "g" { kms_key_id = aws_kms_key.stack.arn }
"#,
        );
    }
}
