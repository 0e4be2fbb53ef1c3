//! A function's errors alarm nobody.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-004",
    name: "function-without-error-alarm",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A function's errors alarm nobody",
    why: "Failing invocations are how probing and broken deployments show first. An alarm that \
          calls nobody is none.",
    fix: "Add an alarm on AWS/Lambda Errors of the function, with alarm_actions.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub CloudWatch.15",
        "AWS Security Hub CloudWatch.17",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let alarms = input.pointing(
            "aws_cloudwatch_metric_alarm",
            "dimensions.FunctionName",
            function,
        );
        let watched = alarms.iter().any(|alarm| {
            known(alarm.get("namespace")) == Some("AWS/Lambda")
                && known(alarm.get("metric_name")) == Some("Errors")
        });
        if !watched {
            report.resource(function, "no alarm watches the function's errors");
        }
    }
    for alarm in input.of_type("aws_cloudwatch_metric_alarm") {
        let actions = alarm.get("alarm_actions");
        if items(actions).iter().all(|action| text(action).is_empty()) {
            report.attribute(
                alarm,
                "alarm_actions",
                format!("alarm_actions {}: the alarm calls nobody", state(actions)),
            );
        }
        let enabled = alarm.get("actions_enabled");
        if enabled.is_some() && !is_true(enabled) {
            report.attribute(
                alarm,
                "actions_enabled",
                format!("actions_enabled {}", state(enabled)),
            );
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
resource "aws_lambda_function" "f" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Throttles"
  dimensions = { FunctionName = "f" }
  alarm_actions = [aws_sns_topic.alarms.arn]
}
resource "aws_sns_topic" "alarms" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Errors"
  dimensions = { FunctionName = "g" }
  alarm_actions = [aws_sns_topic.alarms.arn]
}
resource "aws_sns_topic" "alarms" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Errors"
  dimensions = { FunctionName = "f" }
  alarm_actions = []
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Errors"
  dimensions = { FunctionName = "f" }

}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Errors"
  dimensions = { FunctionName = "f" }
  alarm_actions = [aws_sns_topic.alarms.arn]
  actions_enabled = false
}
resource "aws_sns_topic" "alarms" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Errors"
  dimensions = { FunctionName = aws_lambda_function.f.function_name }
  alarm_actions = [aws_sns_topic.alarms.arn]
}
resource "aws_sns_topic" "alarms" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace = "AWS/Lambda"
  metric_name = "Errors"
  dimensions = { FunctionName = "f" }
  alarm_actions = ["arn:aws:sns:eu-west-1:111111111111:alarms"]
}
"#,
        );
    }
}
