//! Messages in a dead-letter queue alarm nobody.

use super::prelude::*;
use super::slg_res_002::takes_failures;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-010",
    name: "dead-letters-not-watched",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Messages in a dead-letter queue alarm nobody",
    why: "What lands there was given up: orders not delivered, and inputs that break the code. \
          They expire unread. It looks at queues that take the failures of another queue, \
          function, schedule or subscription.",
    fix: "Add an alarm on AWS/SQS ApproximateNumberOfMessagesVisible of the queue.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon SQS Developer Guide, Creating alarms for dead-letter queues using Amazon \
         CloudWatch",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for queue in input.of_type("aws_sqs_queue") {
        if !takes_failures(queue, input) {
            continue;
        }
        let dimension = "dimensions.QueueName";
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", dimension, queue);
        let depth = "ApproximateNumberOfMessagesVisible";
        if !watches(&alarms, "AWS/SQS", &[depth]) {
            report.resource(queue, "no alarm watches the queue's depth");
        } else if let Some(alarm) = alarms.iter().find(|alarm| {
            known(alarm.get("metric_name")) == Some(depth)
                && number(alarm.get("threshold")).is_none_or(|t| t > MOST)
        }) {
            weak(report, alarm, "threshold");
        }
    }
}

/// A dead-letter queue is empty when all is well.
const MOST: f64 = 10.0;

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
resource "aws_lambda_function" "f" {
  dead_letter_config {
    target_arn = aws_sqs_queue.dlq.arn
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { name = "dlq" }
resource "aws_lambda_function" "f" {
  dead_letter_config {
    target_arn = aws_sqs_queue.dlq.arn
  }
}
resource "aws_cloudwatch_metric_alarm" "d" {
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = "dlq" }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
  threshold = 100000
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { name = "dlq" }
resource "aws_lambda_function" "f" {
  dead_letter_config {
    target_arn = aws_sqs_queue.dlq.arn
  }
}
resource "aws_cloudwatch_metric_alarm" "d" {
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = "dlq" }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
  threshold = 1
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { name = "q" }
"#,
        );
    }
}
