//! Nobody is told when a function is refused a permission.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-007",
    name: "refusals-not-watched",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Nobody is told when a function is refused a permission",
    why: "A function that works is never refused anything: a refusal is a defect, or someone who \
          tries out what the role can do. Needed are a metric filter on the function's log group \
          that matches every AccessDenied, and an alarm on its metric.",
    fix: "Add a metric filter with ?AccessDenied and an alarm on it.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "CIS AWS Foundations 3.0.0 4.1",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let name = function.get("function_name").map(text).unwrap_or_default();
        let unsaid = Value::string(format!("/aws/lambda/{name}"));
        let group = function.get("logging_config.log_group").unwrap_or(&unsaid);
        // A function without a group is judged by SLG-LOG-003.
        let Some(group) = input.target("aws_cloudwatch_log_group", Some(group)) else {
            continue;
        };
        let kind = "aws_cloudwatch_log_metric_filter";
        let filters = input.pointing(kind, "log_group_name", group);
        if !filters.iter().any(|filter| watched(filter, input)) {
            let message = "no alarm counts the AccessDenied in the function's log";
            report.resource(function, message);
        }
    }
}

fn watched(filter: &Resource, input: &Context<'_>) -> bool {
    let pattern = known(filter.get("pattern")).unwrap_or_default();
    let matches = pattern == "AccessDenied"
        || pattern.split(' ').any(|term| term == "?AccessDenied")
            && pattern
                .split(" ?")
                .all(|term| !term.starts_with('-') && !term.contains(" -"));
    matches && counted(filter, input)
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
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/f" }
resource "aws_lambda_function" "f" { function_name = "f" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/f" }
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_log_metric_filter" "f" {
  log_group_name = aws_cloudwatch_log_group.f.name
  pattern        = "AccessDenied UnauthorizedOperation"
  metric_transformation {
    name      = "f-denied"
    namespace = "orders"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace           = "orders"
  metric_name         = "f-denied"
  dimensions          = {  }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/f" }
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_log_metric_filter" "f" {
  log_group_name = aws_cloudwatch_log_group.f.name
  pattern        = "?AccessDenied ?UnauthorizedOperation"
  metric_transformation {
    name      = "f-denied"
    namespace = "orders"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace           = "payments"
  metric_name         = "f-denied"
  dimensions          = {  }
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
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/f" }
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_cloudwatch_log_metric_filter" "f" {
  log_group_name = aws_cloudwatch_log_group.f.name
  pattern        = "?AccessDenied ?UnauthorizedOperation"
  metric_transformation {
    name      = "f-denied"
    namespace = "orders"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "f" {
  namespace           = "orders"
  metric_name         = "f-denied"
  dimensions          = {  }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
    }
}
