//! A route takes every path or method.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-INJ-003",
    name: "catch-all-route",
    severity: Severity::Low,
    risk: Risk::Injection,
    title: "A route takes every path or method",
    why: "What no one listed reaches the code: methods it was not written for and paths that it \
          has to take apart itself.",
    fix: "List the routes.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "OWASP Serverless A6:2017 Security Misconfiguration",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for route in input.of_type("aws_apigatewayv2_route") {
        let wide = known(route.get("route_key"))
            .is_none_or(|key| key == "$default" || key.starts_with("ANY ") || key.contains("+}"));
        // Routes of a WebSocket API are names of actions.
        let api = input.target("aws_apigatewayv2_api", route.get("api_id"));
        let socket = api.is_some_and(|a| known(a.get("protocol_type")) == Some("WEBSOCKET"));
        if wide && !socket {
            weak(report, route, "route_key");
        }
    }
    for method in input.of_type("aws_api_gateway_method") {
        if known(method.get("http_method")).is_none_or(|m| m == "ANY") {
            weak(report, method, "http_method");
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
resource "aws_apigatewayv2_route" "r" { route_key = "$default" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" { route_key = "GET /{proxy+}" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_method" "m" { http_method = "ANY" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" { route_key = "GET /orders/{id}" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" { protocol_type = "WEBSOCKET" }
resource "aws_apigatewayv2_route" "r" {
  api_id    = aws_apigatewayv2_api.a.id
  route_key = "$default"
}
"#,
        );
    }
}
