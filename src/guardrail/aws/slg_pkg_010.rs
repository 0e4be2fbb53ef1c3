//! A function loads a layer of someone else, or whichever version is newest.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-010",
    name: "layer-not-pinned",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A function loads a layer of someone else, or whichever version is newest",
    why: "A layer is code that runs before the handler. It has to be one of the stack, or an ARN \
          with its version in an account that allowed_account_ids names.",
    fix: "Put the code into the package, or name the layer's version in the own account.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Managing Lambda dependencies with layers",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let own = accounts(input.graph);
    for function in input.of_type("aws_lambda_function") {
        for layer in items(function.get("layers")) {
            let pinned = match &layer.kind {
                Kind::Symbol(symbol) => input
                    .owner(symbol)
                    .is_some_and(|r| r.address.kind == "aws_lambda_layer_version"),
                Kind::String(arn) => {
                    let fields: Vec<&str> = arn.split(':').collect();
                    matches!(fields.as_slice(), ["arn", _, "lambda", _, account, "layer", _, version]
                        if own.is_own(account) && version.bytes().all(|b| b.is_ascii_digit()))
                }
                _ => false,
            };
            if !pinned {
                report.attribute(
                    function,
                    "layers",
                    format!("a layer {}", state(Some(layer))),
                );
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
provider "aws" { allowed_account_ids = ["111111111111"] }
resource "aws_lambda_function" "f" { layers = ["arn:aws:lambda:eu-west-1:999999999999:layer:x:3"] }
"#,
        );
        fires(
            META.id,
            r#"
provider "aws" { allowed_account_ids = ["111111111111"] }
resource "aws_lambda_function" "f" { layers = ["arn:aws:lambda:eu-west-1:111111111111:layer:x"] }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
provider "aws" { allowed_account_ids = ["111111111111"] }
resource "aws_lambda_layer_version" "l" {}
resource "aws_lambda_function" "f" {
  layers = ["arn:aws:lambda:eu-west-1:111111111111:layer:x:3", aws_lambda_layer_version.l.arn]
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {}
"#,
        );
    }
}
