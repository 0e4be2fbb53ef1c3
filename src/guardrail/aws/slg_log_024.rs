//! What a function URL answers alarms nobody.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-024",
    name: "function-url-without-alarms",
    severity: Severity::Low,
    risk: Risk::Logging,
    title: "Errors and refusals of a function URL alarm nobody",
    why: "A URL has no access log. What it refuses never reaches the function, so that only its own metrics tell of \
          somebody who probes it.",
    fix: "Add alarms on AWS/Lambda Url4xxCount and Url5xxCount of the function.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Lambda Developer Guide, Monitoring Lambda function URLs",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for url in input.of_type("aws_lambda_function_url") {
        let function = input.target("aws_lambda_function", url.get("function_name"));
        let Some(function) = function else {
            continue;
        };
        let dimension = "dimensions.FunctionName";
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", dimension, function);
        for metric in ["Url4xxCount", "Url5xxCount"] {
            if !watches(&alarms, "AWS/Lambda", &[metric]) {
                report.resource(url, format!("no alarm watches {metric}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    const URL: &str = r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_function_url" "f" { function_name = aws_lambda_function.f.function_name }
"#;

    fn alarm(metric: &str, function: &str) -> String {
        format!(
            r#"
resource "aws_cloudwatch_metric_alarm" "{metric}" {{
  namespace     = "AWS/Lambda"
  metric_name   = "{metric}"
  dimensions    = {{ FunctionName = "{function}" }}
  alarm_actions = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}}
"#
        )
    }

    #[test]
    fn fires_when_weak() {
        fires(META.id, URL);
        fires(META.id, &format!("{URL}{}", alarm("Url5xxCount", "f")));
        let other = alarm("Url4xxCount", "g");
        fires(
            META.id,
            &format!("{URL}{}{other}", alarm("Url5xxCount", "f")),
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        let both = alarm("Url4xxCount", "f") + &alarm("Url5xxCount", "f");
        silent(META.id, &format!("{URL}{both}"));
        silent(
            META.id,
            "resource \"aws_lambda_function\" \"f\" { function_name = \"f\" }",
        );
    }
}
