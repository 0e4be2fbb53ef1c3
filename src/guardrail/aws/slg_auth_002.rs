//! A function URL takes requests from anyone.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-002",
    name: "open-function-url",
    severity: Severity::Critical,
    risk: Risk::Authentication,
    title: "A function URL takes requests from anyone",
    why: "A URL of type NONE is a public endpoint without limit, log or authorizer. A Lambda \
          permission for unauthenticated URL calls is the same door.",
    fix: "Set authorization_type to AWS_IAM, or use an API with an authorizer.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub Lambda.1",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for url in input.of_type("aws_lambda_function_url") {
        let kind = url.get("authorization_type");
        if known(kind) != Some("AWS_IAM") {
            report.attribute(
                url,
                "authorization_type",
                format!("authorization_type {}", state(kind)),
            );
        }
    }
    for permission in input.of_type("aws_lambda_permission") {
        let kind = permission.get("function_url_auth_type");
        if kind.is_some() && known(kind) != Some("AWS_IAM") {
            report.attribute(
                permission,
                "function_url_auth_type",
                format!("function_url_auth_type {}", state(kind)),
            );
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
resource "aws_lambda_function_url" "u" { authorization_type = "NONE" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function_url" "u" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_permission" "u" { function_url_auth_type = "NONE" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_permission" "u" { function_url_auth_type = "AWS_IAM" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function_url" "u" { authorization_type = "AWS_IAM" }
"#,
        );
    }
}
