//! An image is not named by its digest.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-001",
    name: "image-without-digest",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "An image is not named by its digest",
    why: "A tag can be moved: what runs tomorrow need not be what was scanned and approved. A \
          digest that comes in through a variable counts where a validation of the variable demands \
          that it is one: can(regex(\"^sha256:[0-9a-f]{64}$\", …)).",
    fix: "Name the image as repository@sha256:…, and validate the variable that holds the digest.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Create a Lambda function using a container image",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        if known(function.get("package_type")) != Some("Image") {
            continue;
        }
        let image = function.get("image_uri");
        let pinned = image.is_some_and(|image| match &image.kind {
            Kind::String(uri) => uri.split_once('@').is_some_and(|(_, d)| digest(d)),
            Kind::Template(parts) => by_variable(parts, input),
            _ => false,
        });
        if !pinned {
            report.attribute(
                function,
                "image_uri",
                format!("image_uri {}, without a digest that is sure", state(image)),
            );
        }
    }
}

fn digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// `…repository@${digest}` or `…repository@sha256:${digest}` with a variable that has to be one, or
/// the digest itself known.
fn by_variable(parts: &[Part], input: &Context<'_>) -> bool {
    match parts {
        [.., Part::Literal(before), Part::Symbol(symbol)] if before.ends_with('@') => {
            demanded(input, symbol, r#"can(regex("^sha256:[0-9a-f]{64}$", {}))"#)
        }
        [.., Part::Literal(before), Part::Symbol(symbol)] if before.ends_with("@sha256:") => {
            demanded(input, symbol, r#"can(regex("^[0-9a-f]{64}$", {}))"#)
        }
        [.., Part::Literal(last)] => last.split_once('@').is_some_and(|(_, d)| digest(d)),
        _ => false,
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
resource "aws_lambda_function" "f" {
  package_type = "Image"

}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders:latest"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:00"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "${var.repository}:${var.tag}"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = var.image
}
"#,
        );
    }

    const BY_VARIABLE: &str = r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders@${var.artifacts["f"].image_digest}"
}
variable "artifacts" {
  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.artifacts["f"].image_digest))
    error_message = "Not a digest."
  }
}
"#;

    #[test]
    fn a_variable_has_to_be_a_digest() {
        silent(META.id, BY_VARIABLE);
        for (from, to) in [
            ("^sha256:", "^"),
            ("{64}$", "{64}"),
            ("{64}", "{1,64}"),
            // Another entry of the variable, another variable.
            (
                "var.artifacts[\"f\"].image_digest))",
                "var.artifacts[\"g\"].image_digest))",
            ),
            ("variable \"artifacts\"", "variable \"artifact\""),
            // It need not hold.
            ("condition     = ", "condition     = true || "),
            ("condition     = ", "condition     = !"),
            (
                "image_digest))\n",
                "image_digest)) || var.artifacts == null\n",
            ),
        ] {
            let weak = BY_VARIABLE.replacen(from, to, 1);
            assert_ne!(weak, BY_VARIABLE, "{from}");
            fires(META.id, &weak);
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "${aws_ecr_repository.f.repository_url}@sha256:${var.digest}"
}
resource "aws_ecr_repository" "f" {}
variable "digest" {
  validation {
    condition     = (var.digest != "" && can(regex("^[0-9a-f]{64}$", var.digest)))
    error_message = "Not a digest."
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { package_type = "Zip" }
"#,
        );
    }
}
