//! A queue reuses a data key for more than an hour.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-011",
    name: "data-key-reused-for-long",
    severity: Severity::Low,
    risk: Risk::Encryption,
    title: "A queue reuses a data key for more than an hour",
    why: "So long a message is read without asking KMS, also after the key was disabled or the \
          access to it taken away.",
    fix: "Set kms_data_key_reuse_period_seconds to 300.",
    references: &["Amazon SQS Developer Guide, Amazon SQS key management: data key reuse period"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for queue in input.of_type("aws_sqs_queue") {
        let seconds = queue.get("kms_data_key_reuse_period_seconds");
        // Unsaid it is 300.
        if seconds.is_some() && number(seconds).is_none_or(|s| s > 3600.0) {
            weak(report, queue, "kms_data_key_reuse_period_seconds");
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
resource "aws_sqs_queue" "q" { kms_data_key_reuse_period_seconds = 86400 }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { kms_data_key_reuse_period_seconds = 3600 }
"#,
        );
    }
}
