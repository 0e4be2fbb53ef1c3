//! A topic drops what it cannot deliver to a function.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-015",
    name: "subscription-without-dead-letters",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A topic drops what it cannot deliver to a function or queue",
    why: "When the function may not be invoked, or is gone, SNS gives up at once: the message is \
          lost without a trace.",
    fix: "Set redrive_policy of the subscription, and let SNS send to that queue.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon SNS Developer Guide, Amazon SNS dead-letter queues (DLQs)",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for subscription in input.of_type("aws_sns_topic_subscription") {
        let protocol = known(subscription.get("protocol"));
        let policy = subscription.get("redrive_policy");
        if matches!(protocol, Some("lambda" | "sqs"))
            && policy.is_none_or(|policy| text(policy).is_empty())
        {
            weak(report, subscription, "redrive_policy");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        for protocol in ["lambda", "sqs"] {
            fires(
                META.id,
                &format!(
                    r#"
resource "aws_sns_topic_subscription" "s" {{
  topic_arn = "arn:aws:sns:eu-west-1:111111111111:t"
  protocol  = "{protocol}"
  endpoint  = "arn:aws:lambda:eu-west-1:111111111111:function:f:live"
}}
"#
                ),
            );
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sns_topic_subscription" "s" {
  topic_arn      = "arn:aws:sns:eu-west-1:111111111111:t"
  protocol       = "lambda"
  endpoint       = "arn:aws:lambda:eu-west-1:111111111111:function:f:live"
  redrive_policy = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:eu-west-1:111111111111:dlq" })
}
resource "aws_sns_topic_subscription" "mail" {
  topic_arn = "arn:aws:sns:eu-west-1:111111111111:t"
  protocol  = "email"
  endpoint  = "oncall@example.com"
}
"#,
        );
    }
}
