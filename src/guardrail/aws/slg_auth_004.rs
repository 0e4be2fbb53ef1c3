//! An API or function URL lets any web page call it with the user's credentials.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-004",
    name: "cors-any-origin-with-credentials",
    severity: Severity::Medium,
    risk: Risk::Authentication,
    title: "An API or function URL lets any web page call it with the user's credentials",
    why: "With credentials allowed for every origin, a page the user visits calls the API as the \
          user. Origins over plain HTTP count as any: whoever is on the network answers for them. \
          Without credentials a public API may allow every origin.",
    fix: "Name the origins with https://, or set allow_credentials = false.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "OWASP Cheat Sheet Series, HTML5 Security: Cross Origin Resource Sharing",
    ],
};

const BLOCKS: [(&str, &str); 2] = [
    ("aws_apigatewayv2_api", "cors_configuration"),
    ("aws_lambda_function_url", "cors"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, block) in BLOCKS {
        for resource in input.of_type(kind) {
            let credentials = resource.get(&format!("{block}.allow_credentials"));
            if credentials.is_none_or(|v| v.as_bool() == Some(false)) {
                continue;
            }
            let path = format!("{block}.allow_origins");
            for origin in items(resource.get(&path)) {
                let named = known(Some(origin))
                    .is_some_and(|o| o.starts_with("https://") && !o.contains('*'));
                if !named {
                    let message = format!("an allowed origin {}", state(Some(origin)));
                    report.attribute(resource, &path, message);
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
resource "aws_apigatewayv2_api" "a" {
  cors_configuration {
    allow_credentials = true
    allow_origins     = ["*"]
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function_url" "u" {
  cors {
    allow_credentials = true
    allow_origins     = ["http://shop.example.com"]
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" {
  cors_configuration {
    allow_credentials = true
    allow_origins     = [var.origin]
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
resource "aws_apigatewayv2_api" "a" {
  cors_configuration {
    allow_credentials = true
    allow_origins     = ["https://shop.example.com"]
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "a" {
  cors_configuration {
    allow_origins = ["*"]
  }
}
"#,
        );
    }
}
