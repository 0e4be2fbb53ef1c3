//! A service may invoke a function without source ARN and account.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-005",
    name: "open-lambda-permission",
    severity: Severity::High,
    risk: Risk::EventData,
    title: "A service may invoke a function without source ARN and account",
    why: "Whoever can make that service call a function can then call this one: with events of \
          their choice, past the API's authorizer.",
    fix: "Set source_arn to the exact source; set source_account too where the ARN names no \
          account, as that of a bucket does.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub Lambda.1",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for permission in input.of_type("aws_lambda_permission") {
        let principal = permission.get("principal").map(text).unwrap_or_default();
        // Accounts and `*` are a matter of SLG-IAM-006.
        if !principal.ends_with(".amazonaws.com")
            && !principal.ends_with(".amazonaws.com.cn")
            && !principal.contains("${")
        {
            continue;
        }
        let Some(source) = permission.get("source_arn") else {
            report.attribute(
                permission,
                "source_arn",
                format!("{principal} may invoke the function: source_arn is not set"),
            );
            continue;
        };
        let arn = text(source);
        if !names_source(source, input) {
            report.attribute(
                permission,
                "source_arn",
                format!("source_arn {} and so binds no source", state(Some(source))),
            );
        } else if (arn.starts_with("arn:") && arn.split(':').nth(4) == Some("")
            || arn.starts_with("${aws_s3_bucket."))
            && permission.get("source_account").is_none()
        {
            report.attribute(
                permission,
                "source_account",
                "source_account is not set, and the source's ARN names no account",
            );
        }
    }
}

/// A known ARN that binds, or one that begins with an attribute of a resource of the stack.
fn names_source(source: &Value, input: &Context<'_>) -> bool {
    let first = match &source.kind {
        Kind::String(arn) => return arn.starts_with("arn:") && !negligible(arn),
        Kind::Symbol(symbol) => symbol,
        Kind::Template(parts) => match parts.first() {
            Some(Part::Symbol(symbol)) => symbol,
            // Composed: `arn:aws:execute-api:eu-west-1:111111111111:${aws_apigatewayv2_api.http.id}/…`
            Some(Part::Literal(_)) => return !negligible(&text(source)),
            None => return false,
        },
        _ => return false,
    };
    input.owner(first).is_some()
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
resource "aws_lambda_permission" "p" { principal = "apigateway.amazonaws.com" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_permission" "p" {
  principal = "apigateway.amazonaws.com"
  source_arn = "*"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_permission" "p" {
  principal = "apigateway.amazonaws.com"
  source_arn = var.arn
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_permission" "p" {
  principal = "s3.amazonaws.com"
  source_arn = "arn:aws:s3:::incoming"
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_permission" "p" {
  principal = "s3.amazonaws.com"
  source_arn = "arn:aws:s3:::incoming"
  source_account = "111111111111"
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_api" "http" { name = "orders" }
resource "aws_lambda_permission" "p" {
  principal = "apigateway.amazonaws.com"
  source_arn = "${aws_apigatewayv2_api.http.execution_arn}/*/POST/orders"
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_permission" "p" {
  principal = "events.amazonaws.com"
  source_arn = "arn:aws:events:eu-west-1:111111111111:rule/nightly"
}
"#,
        );
    }
}
