//! A queue has no dead-letter queue.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-002",
    name: "queue-without-dead-letters",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A queue has no dead-letter queue",
    why: "A message that always fails is retried until it expires and is then lost, with it the \
          evidence of what was sent. It has to go there after 100 tries at most. Exempt are queues that are dead-letter queues themselves or \
          take the failures of a function, schedule or subscription.",
    fix: "Set redrive_policy with a dead-letter queue of the stack.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon SQS Developer Guide, Using dead-letter queues in Amazon SQS",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for queue in input.of_type("aws_sqs_queue") {
        let redriven = own_redrive(queue)
            || input
                .pointing("aws_sqs_queue_redrive_policy", "queue_url", queue)
                .into_iter()
                .any(own_redrive);
        if !redriven && !takes_failures(queue, input) {
            report.attribute(
                queue,
                "redrive_policy",
                format!("redrive_policy {}", state(queue.get("redrive_policy"))),
            );
        }
    }
}

/// A message that failed a hundred times fails again.
const MOST: f64 = 100.0;

fn own_redrive(resource: &Resource) -> bool {
    resource.get("redrive_policy").is_some_and(|policy| {
        let document = policy.json();
        let element = |name: &str| document.as_ref().and_then(|d| d.get(name));
        let target = element("deadLetterTargetArn").is_some_and(|arn| !text(arn).is_empty());
        target && number(element("maxReceiveCount")).is_some_and(|n| (1.0..=MOST).contains(&n))
    })
}

/// Whether the queue takes what something else failed on.
pub(super) fn takes_failures(queue: &Resource, input: &Context<'_>) -> bool {
    const DESTINATIONS: [(&str, &str); 8] = [
        ("aws_sqs_queue", "redrive_policy"),
        ("aws_sqs_queue_redrive_policy", "redrive_policy"),
        ("aws_sns_topic_subscription", "redrive_policy"),
        ("aws_lambda_function", "dead_letter_config.target_arn"),
        (
            "aws_lambda_function_event_invoke_config",
            "destination_config.on_failure.destination",
        ),
        (
            "aws_lambda_event_source_mapping",
            "destination_config.on_failure.destination_arn",
        ),
        ("aws_scheduler_schedule", "target.dead_letter_config.arn"),
        ("aws_cloudwatch_event_target", "dead_letter_config.arn"),
    ];
    DESTINATIONS.iter().any(|(kind, attribute)| {
        let mut sources = input.pointing(kind, attribute, queue).into_iter();
        sources.any(|source| source.address != queue.address)
    })
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
resource "aws_sqs_queue" "q" { name = "jobs" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sqs_queue" "q" {
  name = "jobs"
  redrive_policy = "{}"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { name = "f-dlq" }
resource "aws_lambda_function" "f" {
  dead_letter_config {
    target_arn = aws_sqs_queue.dlq_other.arn
  }
}
resource "aws_sqs_queue" "dlq_other" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" {
  name = "jobs"
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
}
resource "aws_sqs_queue" "dlq" { name = "jobs-dlq" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { name = "f-dlq" }
resource "aws_lambda_function" "f" {
  dead_letter_config {
    target_arn = aws_sqs_queue.dlq.arn
  }
}
"#,
        );
    }
}
