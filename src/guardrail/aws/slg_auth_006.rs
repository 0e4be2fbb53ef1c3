//! An authorizer takes the token from somewhere else than a header.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-006",
    name: "token-outside-header",
    severity: Severity::Medium,
    risk: Risk::Authentication,
    title: "An authorizer takes the token from somewhere else than a header",
    why: "A token in the query string is written to access logs, browser histories and the logs of \
          every proxy on the way.",
    fix: "Use $request.header.Authorization as the identity source.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "RFC 6750, section 2.3",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for authorizer in input.of_type("aws_apigatewayv2_authorizer") {
        let sources = items(authorizer.get("identity_sources"));
        let header = |v: &Value| {
            known(Some(v)).is_some_and(|s| {
                ["$request.header.", "$context.", "$stageVariables."]
                    .iter()
                    .any(|prefix| s.starts_with(prefix))
            })
        };
        let jwt = known(authorizer.get("authorizer_type")) != Some("REQUEST");
        if !sources.iter().all(header) || (jwt && sources.is_empty()) {
            report.attribute(
                authorizer,
                "identity_sources",
                "identity_sources names something else than headers",
            );
        }
    }
    for authorizer in input.of_type("aws_api_gateway_authorizer") {
        let source = authorizer.get("identity_source");
        let header = known(source).is_some_and(|sources| {
            let mut sources = sources.split(',').map(str::trim);
            sources.all(|s| s.starts_with("method.request.header.") || s.starts_with("context."))
        });
        // Unsaid it is method.request.header.Authorization.
        if source.is_some() && !header {
            weak(report, authorizer, "identity_source");
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
resource "aws_apigatewayv2_authorizer" "j" {
  authorizer_type  = "JWT"
  identity_sources = ["$request.querystring.token"]
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_authorizer" "j" {
  authorizer_type = "JWT"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_authorizer" "j" {
  identity_source = "method.request.querystring.token"
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_authorizer" "j" {
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_api_gateway_authorizer" "j" {}
"#,
        );
    }
}
