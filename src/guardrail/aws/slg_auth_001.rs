//! An API route takes requests from anyone.

use super::prelude::*;
use crate::guardrail::signed;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-001",
    name: "route-without-authorization",
    severity: Severity::Critical,
    risk: Risk::Authentication,
    title: "An API route takes requests from anyone",
    why: "Whoever finds the URL calls the function. A route is guarded by a JWT or Lambda \
          authorizer that it names, or by IAM. Exempt is a route whose sender signs the body: the \
          function is told the secret by the variable of that route (SIGNED_…) and may read it, and \
          SLG-AUTH-010 judges whether its handler checks. Exempt is an OPTIONS method of a REST API that a \
          mock integration answers: browsers send the preflight without credentials and no code \
          runs.",
    fix: "Give the trigger or the api an auth.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub APIGateway.8",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for route in input.of_type("aws_apigatewayv2_route") {
        if signed::secret(input, route).is_none() {
            judge(route, "authorization_type", &["JWT", "CUSTOM"], report);
        }
    }
    for method in input.of_type("aws_api_gateway_method") {
        if !preflight(method, input) {
            judge(
                method,
                "authorization",
                &["COGNITO_USER_POOLS", "CUSTOM"],
                report,
            );
        }
    }
}

fn judge(route: &Resource, attribute: &str, by_authorizer: &[&str], report: &mut Report<'_>) {
    let kind = route.get(attribute);
    match known(kind) {
        Some("AWS_IAM") => {}
        Some(kind) if by_authorizer.contains(&kind) => {
            if route
                .get("authorizer_id")
                .is_none_or(|id| text(id).is_empty())
            {
                report.attribute(route, "authorizer_id", "authorizer_id is not set");
            }
        }
        _ => report.attribute(route, attribute, format!("{attribute} {}", state(kind))),
    }
}

pub(super) fn preflight(method: &Resource, input: &Context<'_>) -> bool {
    known(method.get("http_method")) == Some("OPTIONS")
        && input
            .alike(
                "aws_api_gateway_integration",
                "resource_id",
                method.get("resource_id"),
            )
            .iter()
            .any(|integration| {
                known(integration.get("type")) == Some("MOCK")
                    && same(integration.get("rest_api_id"), method.get("rest_api_id"))
                    && known(integration.get("http_method")) == Some("OPTIONS")
            })
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
resource "aws_apigatewayv2_route" "r" { route_key = "GET /" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" { authorization_type = "NONE" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" { authorization_type = "JWT" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" { authorization_type = var.auth }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_method" "m" { authorization = "NONE" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_method" "m" {
  authorization = "NONE"
  http_method = "OPTIONS"
  rest_api_id = aws_api_gateway_rest_api.r.id
  resource_id = aws_api_gateway_resource.o.id
}
resource "aws_api_gateway_integration" "m" {
  http_method = aws_api_gateway_method.m.http_method
  rest_api_id = aws_api_gateway_rest_api.r.id
  resource_id = aws_api_gateway_resource.o.id
  type = "AWS_PROXY"
}
resource "aws_api_gateway_resource" "o" {}
resource "aws_api_gateway_rest_api" "r" {}
"#,
        );
    }

    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:github";

    /// A route whose function is told a secret by a variable.
    fn told(route_key: &str, variable: &str, secret: &str) -> String {
        format!(
            r#"
resource "aws_apigatewayv2_route" "r" {{
  route_key = "{route_key}"
  authorization_type = "NONE"
  target = "integrations/${{aws_apigatewayv2_integration.f.id}}"
}}
resource "aws_apigatewayv2_integration" "f" {{ integration_uri = aws_lambda_alias.f.invoke_arn }}
resource "aws_lambda_alias" "f" {{ function_name = aws_lambda_function.f.function_name }}
resource "aws_lambda_function" "f" {{
  role = aws_iam_role.f.arn
  environment {{ variables = {{ {variable} = "{secret}" }} }}
}}
resource "aws_iam_role" "f" {{}}
"#
        )
    }

    #[test]
    fn a_signed_route_is_told_its_secret_and_reads_it() {
        let may = |resource: &str| [identity("secretsmanager:GetSecretValue", resource)];
        let found = |text: &str, permissions: &[Permission]| {
            !findings(META.id, &graph(text), permissions).is_empty()
        };
        let good = told("POST /hooks", "SIGNED_POST_HOOKS", SECRET);
        let suffixed = format!("{SECRET}-??????");
        assert!(!found(&good, &may(&suffixed)));
        assert!(!found(&good, &may(SECRET)));
        // Another route, another secret, or none that it may read.
        let permissions = may(&suffixed);
        assert!(found(
            &told("POST /other", "SIGNED_POST_HOOKS", SECRET),
            &permissions
        ));
        assert!(found(
            &told("POST /hooks", "SECRET_ARN", SECRET),
            &permissions
        ));
        assert!(found(
            &told("POST /hooks", "SIGNED_POST_HOOKS", "x"),
            &permissions
        ));
        assert!(found(&good, &[]));
        assert!(found(&good, &may(&format!("{SECRET}-other"))));
        assert!(found(
            &good,
            &[identity("secretsmanager:DescribeSecret", SECRET)]
        ));
        assert!(found(&good, &[may(SECRET)[0].clone().denied()]));
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" {
  authorization_type = "JWT"
  authorizer_id = aws_apigatewayv2_authorizer.jwt.id
}
resource "aws_apigatewayv2_authorizer" "jwt" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_route" "r" { authorization_type = "AWS_IAM" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_api_gateway_method" "m" {
  authorization = "NONE"
  http_method = "OPTIONS"
  rest_api_id = aws_api_gateway_rest_api.r.id
  resource_id = aws_api_gateway_resource.o.id
}
resource "aws_api_gateway_integration" "m" {
  http_method = aws_api_gateway_method.m.http_method
  rest_api_id = aws_api_gateway_rest_api.r.id
  resource_id = aws_api_gateway_resource.o.id
  type = "MOCK"
}
resource "aws_api_gateway_resource" "o" {}
resource "aws_api_gateway_rest_api" "r" {}
"#,
        );
    }
}
