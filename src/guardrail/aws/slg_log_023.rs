//! Nobody hears that a stream's reader falls behind.

use super::prelude::*;
use super::slg_res_009::reads_a_stream;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-023",
    name: "stream-reader-not-watched",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Nobody hears that the reader of a stream falls behind",
    why: "One record that the code fails on holds up its shard, and so does a reader that is too \
          slow. What is not read in time is given up, and what comes later waits: whoever can \
          write one such record stops the rest.",
    fix: "Add an alarm on AWS/Lambda IteratorAge of the function.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Lambda Developer Guide, Types of metrics for Lambda functions",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let kind = "aws_cloudwatch_metric_alarm";
    for mapping in input.of_type("aws_lambda_event_source_mapping") {
        if !reads_a_stream(mapping) {
            continue;
        }
        let name = mapping.get("function_name");
        let Some(function) = input.target("aws_lambda_function", name) else {
            continue;
        };
        let alarms = input.pointing(kind, "dimensions.FunctionName", function);
        let age = "IteratorAge";
        if !watches(&alarms, "AWS/Lambda", &[age]) {
            report.resource(mapping, "no alarm watches how far its reader is behind");
        } else if let Some(alarm) = alarms.iter().find(|alarm| {
            known(alarm.get("metric_name")) == Some(age)
                && number(alarm.get("threshold")).is_none_or(|t| t > MOST_MS)
        }) {
            weak(report, alarm, "threshold");
        }
    }
}

/// Half of the shortest time that a stream keeps records.
const MOST_MS: f64 = 12.0 * 3_600_000.0;

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn reader(source: &str, alarm: &str) -> String {
        format!(
            r#"
resource "aws_lambda_function" "f" {{ function_name = "f" }}
resource "aws_lambda_alias" "f" {{
  name          = "live"
  function_name = aws_lambda_function.f.function_name
}}
resource "aws_lambda_event_source_mapping" "m" {{
  event_source_arn = "{source}"
  function_name    = aws_lambda_alias.f.arn
}}
{alarm}"#
        )
    }

    fn alarm(metric: &str, threshold: u32) -> String {
        format!(
            r#"
resource "aws_cloudwatch_metric_alarm" "a" {{
  namespace   = "AWS/Lambda"
  metric_name = "{metric}"
  dimensions  = {{ FunctionName = "f" }}
  threshold   = {threshold}
}}
"#
        )
    }

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:111111111111:stream/s";

    #[test]
    fn fires_when_weak() {
        fires(META.id, &reader(STREAM, ""));
        fires(META.id, &reader(STREAM, &alarm("Errors", 1)));
        fires(META.id, &reader(STREAM, &alarm("IteratorAge", 86_400_000)));
        let table = "arn:aws:dynamodb:eu-west-1:111111111111:table/t/stream/2026-01-01";
        fires(META.id, &reader(table, ""));
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(META.id, &reader(STREAM, &alarm("IteratorAge", 900_000)));
        silent(META.id, &reader("arn:aws:sqs:eu-west-1:111111111111:q", ""));
    }
}
