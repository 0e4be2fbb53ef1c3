//! Messages that nobody handles alarm nobody.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-019",
    name: "queue-without-age-alarm",
    severity: Severity::Low,
    risk: Risk::Logging,
    title: "Messages that nobody handles alarm nobody",
    why: "A consumer that is down makes no errors. It looks at queues of the stack that a function \
          consumes.",
    fix: "Add an alarm on AWS/SQS ApproximateAgeOfOldestMessage of the queue.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon SQS Developer Guide, Available CloudWatch metrics for Amazon SQS",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for queue in input.of_type("aws_sqs_queue") {
        let kind = "aws_lambda_event_source_mapping";
        let consumed = !input.pointing(kind, "event_source_arn", queue).is_empty();
        let dimension = "dimensions.QueueName";
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", dimension, queue);
        if consumed && !watches(&alarms, "AWS/SQS", &["ApproximateAgeOfOldestMessage"]) {
            report.resource(queue, "no alarm watches the age of the oldest message");
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
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_lambda_event_source_mapping" "m" { event_source_arn = aws_sqs_queue.q.arn }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { name = "q" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_lambda_event_source_mapping" "m" { event_source_arn = aws_sqs_queue.q.arn }
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = "q" }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
    }
}
