//! A queue is polled faster than its function may run.

use std::collections::BTreeMap;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-011",
    name: "polling-beyond-reservation",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A queue is polled faster than its function may run",
    why: "Lambda takes messages off the queue that it then cannot hand over; each try counts, and \
          good messages end in the dead-letter queue.",
    fix: "Set scaling_config.maximum_concurrency to the reserved concurrency or less, for all queues of the \
          function together.",
    references: &[
        "AWS Lambda Developer Guide, Configuring scaling behavior for SQS event source mappings",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    const PATH: &str = "scaling_config.maximum_concurrency";
    let mappings = input.of_type("aws_lambda_event_source_mapping");
    let read: Vec<_> = mappings
        .filter_map(|mapping| {
            let source = mapping.get("event_source_arn");
            let queue = input.target("aws_sqs_queue", source).is_some()
                || source.is_some_and(|arn| text(arn).contains(":sqs:"));
            let function = input.target("aws_lambda_function", mapping.get("function_name"));
            let function = function.filter(|_| queue)?;
            Some((mapping, function, number(mapping.get(PATH))))
        })
        .collect();
    // Its queues share what a function has.
    let mut together: BTreeMap<String, f64> = BTreeMap::new();
    for (_, function, polled) in &read {
        *together.entry(function.address.to_string()).or_default() += polled.unwrap_or_default();
    }
    for (mapping, function, polled) in &read {
        // A function without reservation is judged by SLG-RES-004.
        let reserved = number(function.get("reserved_concurrent_executions"));
        let together = together
            .get(&function.address.to_string())
            .copied()
            .unwrap_or_default();
        if polled.is_none() || reserved.is_some_and(|most| most >= 0.0 && together > most) {
            weak(report, mapping, PATH);
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

    /// Two queues of a function with 10 executions, each read by so many.
    fn two_queues(maximum: u32) -> String {
        let mapping = |name: &str| {
            format!(
                r#"
resource "aws_lambda_event_source_mapping" "{name}" {{
  event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:{name}"
  function_name    = aws_lambda_function.f.arn
  scaling_config {{
    maximum_concurrency = {maximum}
  }}
}}
"#
            )
        };
        let function =
            r#"resource "aws_lambda_function" "f" { reserved_concurrent_executions = 10 }"#;
        format!("{function}{}{}", mapping("m"), mapping("n"))
    }

    #[test]
    fn queues_of_one_function_share_its_reservation() {
        fires(META.id, &two_queues(8));
        silent(META.id, &two_queues(5));
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
