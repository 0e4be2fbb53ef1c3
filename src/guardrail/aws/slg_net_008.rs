//! A bucket sends its events to another account.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-008",
    name: "bucket-events-to-another-account",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A bucket sends its events to another account",
    why: "Events carry the keys of objects and who wrote them, as they happen: enough to copy a \
          bucket's list, and a function elsewhere acts on them.",
    fix: "Send them to a queue, topic or function of the stack or the account.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "Amazon S3 User Guide, Amazon S3 Event Notifications",
    ],
};

/// Block and attribute of each kind of destination, and the resource it may be.
const DESTINATIONS: [(&str, &str); 3] = [
    ("lambda_function.lambda_function_arn", "aws_lambda_function"),
    ("queue.queue_arn", "aws_sqs_queue"),
    ("topic.topic_arn", "aws_sns_topic"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let own = accounts(input.graph);
    for notification in input.of_type("aws_s3_bucket_notification") {
        for (path, kind) in DESTINATIONS {
            for arn in notification.values(path) {
                let inside = input
                    .target(kind, Some(arn))
                    .is_some_and(|_| known(Some(arn)).is_none())
                    || known(Some(arn))
                        .and_then(|arn| arn.split(':').nth(4))
                        .is_some_and(|account| own.is_own(account));
                if !inside {
                    report.attribute(notification, path, format!("{path} {}", state(Some(arn))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn notification(block: &str, arn: &str) -> String {
        format!(
            r#"
provider "aws" {{ allowed_account_ids = ["111111111111"] }}
resource "aws_sqs_queue" "q" {{ name = "q" }}
resource "aws_s3_bucket_notification" "b" {{
  bucket = "b"
  {block} {{
    {block}_arn = {arn}
    events    = ["s3:ObjectCreated:*"]
  }}
}}
"#
        )
    }

    #[test]
    fn fires_when_weak() {
        for (block, arn) in [
            ("topic", "\"arn:aws:sns:eu-west-1:999999999999:t\""),
            // The name of a queue of the stack in another account.
            ("queue", "\"arn:aws:sqs:eu-west-1:999999999999:q\""),
            ("queue", "var.elsewhere"),
            (
                "lambda_function",
                "\"arn:aws:lambda:eu-west-1:999999999999:function:f\"",
            ),
        ] {
            fires(META.id, &notification(block, arn));
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(META.id, &notification("queue", "aws_sqs_queue.q.arn"));
        let own = "\"arn:aws:sns:eu-west-1:111111111111:t\"";
        silent(META.id, &notification("topic", own));
        silent(
            META.id,
            r#"
resource "aws_s3_bucket_notification" "b" {
  bucket      = "b"
  eventbridge = true
}
"#,
        );
    }
}
