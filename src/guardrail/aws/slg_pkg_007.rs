//! What runs is not a published version.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-007",
    name: "unpublished-version",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "What runs is not a published version",
    why: "A version is fixed with its code and its configuration. $LATEST is whatever was uploaded \
          last, by whomever.",
    fix: "Set publish = true and let the alias name the function's version.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Manage Lambda function versions",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        if !is_true(function.get("publish")) {
            weak(report, function, "publish");
        }
    }
    for alias in input.of_type("aws_lambda_alias") {
        let version = alias.get("function_version");
        let fixed = version.is_some_and(|version| match &version.kind {
            Kind::String(v) => !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()),
            Kind::Symbol(symbol) => {
                symbol.ends_with(".version")
                    && input
                        .owner(symbol)
                        .is_some_and(|r| r.address.kind == "aws_lambda_function")
            }
            _ => false,
        });
        if !fixed {
            weak(report, alias, "function_version");
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
resource "aws_lambda_function" "f" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { publish = false }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_alias" "a" { function_version = "$LATEST" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { publish = true }
resource "aws_lambda_alias" "a" { function_version = aws_lambda_function.f.version }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_alias" "a" { function_version = "7" }
"#,
        );
    }
}
