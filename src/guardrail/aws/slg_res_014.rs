//! A schedule or event rule drops what it cannot deliver.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-014",
    name: "schedule-without-dead-letters",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A schedule or event rule drops what it cannot deliver",
    why: "A run that was refused or throttled too long is then lost without a trace.",
    fix: "Set dead_letter_config of the target.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon EventBridge Scheduler User Guide, Configuring a dead-letter queue for EventBridge \
         Scheduler",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, path) in [
        ("aws_scheduler_schedule", "target.dead_letter_config.arn"),
        ("aws_cloudwatch_event_target", "dead_letter_config.arn"),
    ] {
        for resource in input.of_type(kind) {
            if resource.get(path).is_none_or(|v| text(v).is_empty()) {
                weak(report, resource, path);
            }
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
resource "aws_scheduler_schedule" "s" {
  target {
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:f:live"
  }
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_scheduler_schedule" "s" {
  target {
    dead_letter_config {
      arn = "arn:aws:sqs:eu-west-1:111111111111:dlq"
    }
  }
}
"#,
        );
    }
}
