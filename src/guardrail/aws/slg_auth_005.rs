//! A JWT authorizer accepts tokens of anyone or for anyone.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-005",
    name: "authorizer-without-issuer-or-audience",
    severity: Severity::High,
    risk: Risk::Authentication,
    title: "A JWT authorizer accepts tokens of anyone or for anyone",
    why: "The issuer's keys are fetched from its URL: over plain HTTP whoever is on the network \
          supplies them. Without an audience every token of the issuer counts, also one that was \
          made for another application.",
    fix: "Set issuer to an https:// URL and audience to this API's name.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "Amazon API Gateway Developer Guide, Control access to HTTP APIs with JWT authorizers",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for authorizer in input.of_type("aws_apigatewayv2_authorizer") {
        let kind = known(authorizer.get("authorizer_type"));
        if kind == Some("REQUEST") {
            continue;
        }
        let issuer = "jwt_configuration.issuer";
        let secure = match authorizer.get(issuer).map(|v| &v.kind) {
            Some(Kind::String(url)) => url.starts_with("https://"),
            // A user pool of the stack: `https://${aws_cognito_user_pool.p.endpoint}`.
            Some(Kind::Template(parts)) => {
                matches!(parts.first(), Some(Part::Literal(l)) if l.starts_with("https://"))
            }
            _ => false,
        };
        if !secure {
            weak(report, authorizer, issuer);
        }
        let audience = "jwt_configuration.audience";
        let audiences = items(authorizer.get(audience));
        if audiences.is_empty() || audiences.iter().any(|a| text(a).is_empty()) {
            weak(report, authorizer, audience);
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
  authorizer_type = "JWT"
  jwt_configuration {
    issuer   = "http://login.example.com/"
    audience = ["orders"]
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_authorizer" "j" {
  authorizer_type = "JWT"
  jwt_configuration {
    issuer   = "https://login.example.com/"
    audience = []
  }
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
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_authorizer" "j" {
  authorizer_type = "JWT"
  jwt_configuration {
    issuer   = "https://login.example.com/"
    audience = ["orders"]
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_authorizer" "r" {
  authorizer_type = "REQUEST"
}
"#,
        );
    }
}
