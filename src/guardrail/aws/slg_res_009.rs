//! One bad event makes a whole batch fail, or is retried until it expires.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-009",
    name: "batch-fails-as-a-whole",
    severity: Severity::Medium,
    risk: Risk::EventData,
    title: "One bad event makes a whole batch fail, or is retried until it expires",
    why: "Whoever can send one message that the code fails on holds up all others. A queue's batch \
          of more than one has to report the items that failed; a stream needs a failure \
          destination and an end to retries.",
    fix: "Report batch item failures; give a stream destination_config and maximum_retry_attempts.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "AWS Lambda Developer Guide, Handling errors for an SQS event source in Lambda",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for mapping in input.of_type("aws_lambda_event_source_mapping") {
        // Unsaid a queue's batch is 10.
        let single = mapping
            .get("batch_size")
            .is_some_and(|n| n.as_u64() == Some(1));
        let types = items(mapping.get("function_response_types"));
        let reports = types
            .iter()
            .any(|t| known(Some(t)) == Some("ReportBatchItemFailures"));
        if !single && !reports {
            weak(report, mapping, "function_response_types");
        }
        if reads_a_stream(mapping) {
            let destination = "destination_config.on_failure.destination_arn";
            if mapping.get(destination).is_none() {
                weak(report, mapping, destination);
            }
            let attempts = mapping.get("maximum_retry_attempts");
            if number(attempts).is_none_or(|n| n < 0.0) {
                weak(report, mapping, "maximum_retry_attempts");
            }
        }
    }
}

/// Whether the source is a Kinesis stream, or the stream of a table.
pub(super) fn reads_a_stream(mapping: &Resource) -> bool {
    let source = mapping
        .get("event_source_arn")
        .map(text)
        .unwrap_or_default();
    source.contains(":kinesis:")
        || source.contains("/stream/")
        || source.contains("aws_kinesis_stream.")
        || source.contains(".stream_arn")
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
resource "aws_lambda_event_source_mapping" "m" { event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:q" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn        = "arn:aws:kinesis:eu-west-1:111111111111:stream/s"
  function_response_types = ["ReportBatchItemFailures"]
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn        = "arn:aws:sqs:eu-west-1:111111111111:q"
  function_response_types = ["ReportBatchItemFailures"]
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:q"
  batch_size       = 1
}
"#,
        );
    }
}
