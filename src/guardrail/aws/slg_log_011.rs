//! Errors of an API alarm nobody.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-011",
    name: "api-without-alarms",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Errors of an API alarm nobody",
    why: "Server errors say that something is broken; many client errors that someone is guessing \
          tokens, ids or paths.",
    fix: "Add alarms on AWS/ApiGateway 5xx and 4xx of the API.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon API Gateway Developer Guide, Monitor CloudWatch metrics for HTTP APIs",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for api in input.of_type("aws_apigatewayv2_api") {
        if known(api.get("protocol_type")) == Some("WEBSOCKET") {
            continue;
        }
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", "dimensions.ApiId", api);
        for metric in ["5xx", "4xx"] {
            if !watches(&alarms, "AWS/ApiGateway", &[metric]) {
                report.resource(api, format!("no alarm watches {metric}"));
            }
        }
    }
    for api in input.of_type("aws_api_gateway_rest_api") {
        let alarms = input.alike(
            "aws_cloudwatch_metric_alarm",
            "dimensions.ApiName",
            api.get("name"),
        );
        for metric in ["5XXError", "4XXError"] {
            if !watches(&alarms, "AWS/ApiGateway", &[metric]) {
                report.resource(api, format!("no alarm watches {metric}"));
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
resource "aws_apigatewayv2_api" "a" { protocol_type = "HTTP" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" { protocol_type = "HTTP" }
resource "aws_cloudwatch_metric_alarm" "s" {
  namespace           = "AWS/ApiGateway"
  metric_name         = "5xx"
  dimensions          = { ApiId = aws_apigatewayv2_api.a.id }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_rest_api" "a" { name = "orders" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" { protocol_type = "HTTP" }
resource "aws_cloudwatch_metric_alarm" "s" {
  namespace           = "AWS/ApiGateway"
  metric_name         = "5xx"
  dimensions          = { ApiId = aws_apigatewayv2_api.a.id }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
resource "aws_cloudwatch_metric_alarm" "c" {
  namespace           = "AWS/ApiGateway"
  metric_name         = "4xx"
  dimensions          = { ApiId = aws_apigatewayv2_api.a.id }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" { protocol_type = "WEBSOCKET" }
"#,
        );
    }
}
