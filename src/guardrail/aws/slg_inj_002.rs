//! An integration copies what the caller sent into the path or a header of the request behind it.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-INJ-002",
    name: "request-copied-into-path",
    severity: Severity::High,
    risk: Risk::Injection,
    title: "An integration copies what the caller sent into the path or a header of the request \
            behind it",
    why: "The caller then chooses what is called there, or forges a header that the backend \
          trusts. Claims that the authorizer checked ($context.authorizer) may be copied.",
    fix: "Pass the request on as it is and read it in the function.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "Amazon API Gateway Developer Guide, Transform API requests and responses for HTTP APIs",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, from) in [
        ("aws_apigatewayv2_integration", "$request."),
        ("aws_api_gateway_integration", "method.request."),
    ] {
        for integration in input.of_type(kind) {
            let Some(parameters) = integration.get("request_parameters") else {
                continue;
            };
            let Kind::Map(map) = &parameters.kind else {
                weak(report, integration, "request_parameters");
                continue;
            };
            for (target, source) in map {
                let place = target.split(':').next_back().unwrap_or_default();
                let risky = place.starts_with("path")
                    || place.starts_with("header")
                    || place.starts_with("integration.request.");
                if risky && known(Some(source)).is_none_or(|s| s.contains(from)) {
                    let message = format!("{target} {}", state(Some(source)));
                    report.attribute(integration, "request_parameters", message);
                }
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
resource "aws_apigatewayv2_integration" "i" {
  request_parameters = { "overwrite:path" = "/$request.querystring.next" }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_integration" "i" {
  request_parameters = { "append:header.x-user" = "$request.header.x-user" }
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_integration" "i" {
  request_parameters = {
    "overwrite:path"       = "/orders"
    "append:header.x-user" = "$context.authorizer.claims.sub"
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_integration" "i" {}
"#,
        );
    }
}
