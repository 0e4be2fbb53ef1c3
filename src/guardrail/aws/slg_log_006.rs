//! Requests are not traced.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-006",
    name: "tracing-off",
    severity: Severity::Low,
    risk: Risk::Logging,
    title: "Requests are not traced",
    why: "A trace shows which calls a request made; without it an incident is put together from \
          logs by hand. HTTP APIs cannot trace and are not looked at.",
    fix: "Set tracing_config.mode to Active, and xray_tracing_enabled on a REST stage.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub Lambda.7",
        "AWS Security Hub APIGateway.3",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let mode = function.get("tracing_config.mode");
        if known(mode) != Some("Active") {
            let message = format!("tracing_config.mode {}", state(mode));
            report.attribute(function, "tracing_config.mode", message);
        }
    }
    for stage in input.of_type("aws_api_gateway_stage") {
        let tracing = stage.get("xray_tracing_enabled");
        if !is_true(tracing) {
            let message = format!("xray_tracing_enabled {}", state(tracing));
            report.attribute(stage, "xray_tracing_enabled", message);
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
resource "aws_lambda_function" "f" {
  tracing_config {
    mode = "PassThrough"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_stage" "s" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  tracing_config {
    mode = "Active"
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_api_gateway_stage" "s" { xray_tracing_enabled = true }
"#,
        );
    }
}
