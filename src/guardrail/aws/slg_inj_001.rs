//! A REST API hands requests to the code unchecked.

use std::collections::BTreeSet;

use super::prelude::*;
use super::slg_auth_001::preflight;

pub(super) const META: Metadata = Metadata {
    id: "SLG-INJ-001",
    name: "rest-method-without-validation",
    severity: Severity::Medium,
    risk: Risk::Injection,
    title: "A REST API hands requests to the code unchecked",
    why: "A request validator refuses bodies and parameters that do not fit their schema before \
          any code runs. Exempt is an OPTIONS method that a mock integration answers.",
    fix: "State a schema on the trigger.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "Amazon API Gateway Developer Guide, Request validation for REST APIs",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let validating: BTreeSet<String> = input
        .of_type("aws_api_gateway_request_validator")
        .filter(|v| is_true(v.get("validate_request_body")))
        .filter(|v| is_true(v.get("validate_request_parameters")))
        .map(|v| v.address.to_string())
        .collect();
    for method in input.of_type("aws_api_gateway_method") {
        let id = method.get("request_validator_id");
        let validated = input
            .target("aws_api_gateway_request_validator", id)
            .is_some_and(|v| validating.contains(&v.address.to_string()));
        if !validated && !preflight(method, input) {
            weak(report, method, "request_validator_id");
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
resource "aws_api_gateway_method" "m" { http_method = "POST" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_request_validator" "v" { validate_request_body = true }
resource "aws_api_gateway_method" "m" {
  http_method          = "POST"
  request_validator_id = aws_api_gateway_request_validator.v.id
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_api_gateway_request_validator" "v" {
  validate_request_body       = true
  validate_request_parameters = true
}
resource "aws_api_gateway_method" "m" {
  http_method          = "POST"
  request_validator_id = aws_api_gateway_request_validator.v.id
}
"#,
        );
    }
}
