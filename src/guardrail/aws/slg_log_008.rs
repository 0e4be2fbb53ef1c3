//! A function that is throttled alarms nobody.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-008",
    name: "function-without-throttle-alarm",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A function that is throttled alarms nobody",
    why: "Throttling is how flooding shows, and how events are lost: the reserved concurrency \
          keeps a flood from the other functions, but not from this one.",
    fix: "Add an alarm on AWS/Lambda Throttles of the function.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Lambda Developer Guide, Types of metrics for Lambda functions",
    ],
};

const METRICS: [&str; 1] = ["Throttles"];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let dimension = "dimensions.FunctionName";
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", dimension, function);
        for metric in METRICS {
            if !watches(&alarms, "AWS/Lambda", &[metric]) {
                report.resource(function, format!("no alarm watches {metric}"));
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
resource "aws_lambda_function" "f" { function_name = "f" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "a0" {
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = "g" }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "a0" {
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = "f" }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
    }
}
