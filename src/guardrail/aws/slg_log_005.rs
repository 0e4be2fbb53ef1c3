//! An API stage writes no access log.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-005",
    name: "stage-without-access-log",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "An API stage writes no access log",
    why: "Without it nobody can say who called what, and requests refused by the authorizer leave \
          no trace at all.",
    fix: "Set access_log_settings with a log group of the stack.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub APIGateway.9",
        "AWS Security Hub APIGateway.1",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for kind in ["aws_apigatewayv2_stage", "aws_api_gateway_stage"] {
        for stage in input.of_type(kind) {
            let destination = stage.get("access_log_settings.destination_arn");
            if input
                .target("aws_cloudwatch_log_group", destination)
                .is_none()
            {
                report.attribute(
                    stage,
                    "access_log_settings.destination_arn",
                    format!(
                        "access_log_settings.destination_arn {}, no log group of the stack",
                        state(destination)
                    ),
                );
            }
            let format = stage.get("access_log_settings.format");
            if format.is_none_or(|format| !text(format).contains("requestId")) {
                report.attribute(
                    stage,
                    "access_log_settings.format",
                    format!(
                        "access_log_settings.format {} or lacks requestId",
                        state(format)
                    ),
                );
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
resource "aws_apigatewayv2_stage" "s" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_stage" "s" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "api" { name = "/aws/apigateway/orders" }
resource "aws_apigatewayv2_stage" "s" {
  access_log_settings {
    destination_arn = "arn:aws:logs:eu-west-1:111111111111:log-group:other"
    format = "$context.requestId"
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
resource "aws_cloudwatch_log_group" "api" { name = "/aws/apigateway/orders" }
resource "aws_apigatewayv2_stage" "s" {
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = "$context.requestId $context.status"
  }
}
"#,
        );
    }
}
