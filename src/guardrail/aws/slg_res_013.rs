//! Any queue of the account may send its dead letters here.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-013",
    name: "dead-letter-queue-open",
    severity: Severity::Low,
    risk: Risk::EventData,
    title: "Any queue of the account may send its dead letters here",
    why: "Who looks after this queue then finds messages there that are not of its service, and \
          redrives them into it.",
    fix: "Add a redrive allow policy with byQueue.",
    references: &[
        "Amazon SQS Developer Guide, Configure a dead-letter queue using the Amazon SQS console: \
         redrive permission",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for queue in input.of_type("aws_sqs_queue") {
        let sources = input.pointing("aws_sqs_queue", "redrive_policy", queue);
        if !sources.iter().any(|source| source.address != queue.address) {
            continue;
        }
        let kind = "aws_sqs_queue_redrive_allow_policy";
        let policies = input.pointing(kind, "queue_url", queue);
        let written = policies
            .first()
            .map(|policy| (*policy, policy.get("redrive_allow_policy")))
            .or_else(|| Some((queue, Some(queue.get("redrive_allow_policy")?))));
        let Some((holder, policy)) = written else {
            report.resource(queue, "the queue has no redrive allow policy");
            continue;
        };
        let document = policy.and_then(Value::json);
        let by = document.as_ref().and_then(|d| d.get("redrivePermission"));
        if !matches!(known(by), Some("byQueue" | "denyAll")) {
            let message = format!("redrivePermission {}", state(by));
            report.attribute(holder, "redrive_allow_policy", message);
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
resource "aws_sqs_queue" "dlq" { name = "dlq" }
resource "aws_sqs_queue" "q" {
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sqs_queue" "dlq" { name = "dlq" }
resource "aws_sqs_queue_redrive_allow_policy" "dlq" {
  queue_url            = aws_sqs_queue.dlq.id
  redrive_allow_policy = jsonencode({ redrivePermission = "allowAll" })
}
resource "aws_sqs_queue" "q" {
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
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
resource "aws_sqs_queue_redrive_allow_policy" "dlq" {
  queue_url            = aws_sqs_queue.dlq.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = ["q"] })
}
resource "aws_sqs_queue" "q" {
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
}
"#,
        );
    }
}
