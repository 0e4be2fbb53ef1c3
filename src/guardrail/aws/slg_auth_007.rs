//! A route asks for no scope although others of its API do.

use std::collections::BTreeSet;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-007",
    name: "route-without-scope-beside-scoped-ones",
    severity: Severity::Medium,
    risk: Risk::Authentication,
    title: "A route asks for no scope although others of its API do",
    why: "Where scopes tell readers from writers, a route without one takes every token of the \
          audience. An API none of whose routes has scopes does not use them and is not judged.",
    fix: "Set scopes on the trigger.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "Amazon API Gateway Developer Guide, Control access to HTTP APIs with JWT authorizers",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let scoped = |route: &Resource| !items(route.get("authorization_scopes")).is_empty();
    let apis: BTreeSet<String> = input
        .of_type("aws_apigatewayv2_route")
        .filter(|route| scoped(route))
        .filter_map(|route| route.get("api_id").map(text))
        .collect();
    for route in input.of_type("aws_apigatewayv2_route") {
        let beside = route
            .get("api_id")
            .is_some_and(|id| apis.contains(&text(id)));
        if beside && known(route.get("authorization_type")) == Some("JWT") && !scoped(route) {
            weak(report, route, "authorization_scopes");
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
resource "aws_apigatewayv2_api" "a" {}
resource "aws_apigatewayv2_route" "get" {
  api_id               = aws_apigatewayv2_api.a.id
  authorization_type   = "JWT"
  authorization_scopes = ["orders.read"]
}
resource "aws_apigatewayv2_route" "post" {
  api_id             = aws_apigatewayv2_api.a.id
  authorization_type = "JWT"
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" {}
resource "aws_apigatewayv2_api" "b" {}
resource "aws_apigatewayv2_route" "get" {
  api_id               = aws_apigatewayv2_api.a.id
  authorization_type   = "JWT"
  authorization_scopes = ["orders.read"]
}
resource "aws_apigatewayv2_route" "post" {
  api_id             = aws_apigatewayv2_api.b.id
  authorization_type = "JWT"
}
"#,
        );
    }
}
