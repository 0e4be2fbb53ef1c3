//! A queue is polled faster than its function may run.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-011",
    name: "polling-beyond-reservation",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A queue is polled faster than its function may run",
    why: "Lambda takes messages off the queue that it then cannot hand over; each try counts, and \
          good messages end in the dead-letter queue.",
    fix: "Set scaling_config.maximum_concurrency to the reserved concurrency or less.",
    references: &[
        "AWS Lambda Developer Guide, Configuring scaling behavior for SQS event source mappings",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for mapping in input.of_type("aws_lambda_event_source_mapping") {
        let source = mapping.get("event_source_arn");
        let queue = input.target("aws_sqs_queue", source).is_some()
            || source.is_some_and(|arn| text(arn).contains(":sqs:"));
        let function = input.target("aws_lambda_function", mapping.get("function_name"));
        let Some(function) = function.filter(|_| queue) else {
            continue;
        };
        let path = "scaling_config.maximum_concurrency";
        let polled = number(mapping.get(path));
        // A function without reservation is judged by SLG-RES-004.
        let reserved = number(function.get("reserved_concurrent_executions"));
        if polled.is_none_or(|polled| reserved.is_some_and(|most| most >= 0.0 && polled > most)) {
            weak(report, mapping, path);
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
resource "aws_lambda_function" "f" { reserved_concurrent_executions = 10 }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:q"
  function_name    = aws_lambda_function.f.arn
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { reserved_concurrent_executions = 10 }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:q"
  function_name    = aws_lambda_function.f.arn
  scaling_config {
    maximum_concurrency = 20
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
resource "aws_lambda_function" "f" { reserved_concurrent_executions = 10 }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:q"
  function_name    = aws_lambda_function.f.arn
  scaling_config {
    maximum_concurrency = 8
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { reserved_concurrent_executions = 10 }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = "arn:aws:kinesis:eu-west-1:111111111111:stream/s"
  function_name    = aws_lambda_function.f.arn
}
"#,
        );
    }
}
