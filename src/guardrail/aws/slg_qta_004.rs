//! A function behind an API may run longer than the API waits.

use crate::catalog::aws::quotas;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-QTA-004",
    name: "function-outlasts-api",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A function behind an API may run longer than the API waits",
    why: "The caller gets an error and tries again while the function still works: the order is \
          placed twice. HTTP APIs wait 30 seconds at most, REST APIs 29, and an integration as \
          long as its timeout says.",
    fix: "Set timeout_s to what the API waits, or take the work through a queue.",
    references: &[
        "Amazon API Gateway Developer Guide, Quotas for configuring and running an HTTP API",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, uri, id) in [
        (
            "aws_apigatewayv2_integration",
            "integration_uri",
            "http_api_integration_timeout_seconds",
        ),
        (
            "aws_api_gateway_integration",
            "uri",
            "rest_api_integration_timeout_seconds",
        ),
    ] {
        let most = quotas::quota(id).value * 1000;
        for integration in input.of_type(kind) {
            let Some(function) = input.target("aws_lambda_function", integration.get(uri)) else {
                continue;
            };
            // Unsaid a function has 3 seconds and an integration the most there is.
            let runs = function.get("timeout").map_or(Some(3), Value::as_u64);
            let waits = integration
                .get("timeout_milliseconds")
                .map_or(Some(most), Value::as_u64);
            let fits = runs
                .zip(waits)
                .is_some_and(|(runs, waits)| runs.saturating_mul(1000) <= waits.min(most));
            if !fits {
                let message = "the function may run longer than the API waits";
                report.attribute(integration, "timeout_milliseconds", message);
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
resource "aws_lambda_function" "f" { timeout = 60 }
resource "aws_apigatewayv2_integration" "i" { integration_uri = aws_lambda_function.f.invoke_arn }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { timeout = 10 }
resource "aws_apigatewayv2_integration" "i" {
  integration_uri      = aws_lambda_function.f.invoke_arn
  timeout_milliseconds = 5000
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { timeout = 30 }
resource "aws_apigatewayv2_integration" "i" { integration_uri = aws_lambda_function.f.invoke_arn }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { timeout = 300 }
"#,
        );
    }
}
