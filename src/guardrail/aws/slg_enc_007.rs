//! A key's policy is not written down.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-007",
    name: "key-without-policy",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "A key's policy is not written down",
    why: "AWS then makes one, and a later change of it by hand shows in no plan: the attribute is \
          computed where it is not written.",
    fix: "Write the policy of the key.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "AWS KMS Developer Guide, Default key policy",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for key in input.of_type("aws_kms_key") {
        let written = key.get("policy").is_some_and(|p| !text(p).is_empty());
        if !written
            && input
                .pointing("aws_kms_key_policy", "key_id", key)
                .is_empty()
        {
            weak(report, key, "policy");
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
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_kms_key" "k" { policy = jsonencode({ Statement = [] }) }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_kms_key" "k" {}
resource "aws_kms_key_policy" "k" {
  key_id = aws_kms_key.k.id
  policy = jsonencode({ Statement = [] })
}
"#,
        );
    }
}
