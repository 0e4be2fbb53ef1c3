//! A dead-letter queue keeps messages no longer than the queue they come from.

use super::prelude::*;
use super::slg_res_002::takes_failures;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-012",
    name: "dead-letters-expire-early",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A dead-letter queue keeps messages no longer than the queue they come from",
    why: "A message keeps its age when it is moved: it may expire on the day it arrives. A queue \
          that takes failures keeps them for more than 4 days, and longer than each queue that it \
          serves.",
    fix: "Set message_retention_seconds to 1209600.",
    references: &[
        "Amazon SQS Developer Guide, Using dead-letter queues in Amazon SQS: message retention",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for queue in input.of_type("aws_sqs_queue") {
        if !takes_failures(queue, input) {
            continue;
        }
        let sources = input.pointing("aws_sqs_queue", "redrive_policy", queue);
        let longest = sources
            .iter()
            .filter(|source| source.address != queue.address)
            .map(|source| retention(source).unwrap_or(f64::INFINITY))
            .fold(UNSAID, f64::max);
        if retention(queue).is_none_or(|kept| kept <= longest) {
            weak(report, queue, "message_retention_seconds");
        }
    }
}

/// What SQS takes when nothing is said: 4 days.
const UNSAID: f64 = 345_600.0;

fn retention(queue: &Resource) -> Option<f64> {
    match queue.get("message_retention_seconds") {
        Some(seconds) => number(Some(seconds)),
        None => Some(UNSAID),
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
resource "aws_sqs_queue" "dlq" { name = "dlq" }
resource "aws_sqs_queue" "q" {
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { message_retention_seconds = 864000 }
resource "aws_sqs_queue" "q" {
  message_retention_seconds = 1209600
  redrive_policy            = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { message_retention_seconds = 1209600 }
resource "aws_sqs_queue" "q" {
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { message_retention_seconds = 60 }
"#,
        );
    }
}
