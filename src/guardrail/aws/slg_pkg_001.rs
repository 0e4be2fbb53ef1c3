//! An image is not named by its digest.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-001",
    name: "image-without-digest",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "An image is not named by its digest",
    why: "A tag can be moved: what runs tomorrow need not be what was scanned and approved. A \
          digest that comes in through a variable counts, since the variable's validation requires \
          sha256.",
    fix: "Name the image as repository@sha256:…",
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
            Kind::Template(parts) => by_variable(parts),
            _ => false,
        });
        if !pinned {
            report.attribute(
                function,
                "image_uri",
                format!("image_uri {}, without a digest", state(image)),
            );
        }
    }
}

fn digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// `…repository@${digest}` or `…repository@sha256:${digest}`, or the digest itself known.
fn by_variable(parts: &[Part]) -> bool {
    match parts {
        [.., Part::Literal(before), Part::Symbol(_)] => {
            before.ends_with('@') || before.ends_with("@sha256:")
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

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders@${var.artifacts.f.image_digest}"
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  package_type = "Image"
  image_uri = "${aws_ecr_repository.f.repository_url}@${var.digest}"
}
resource "aws_ecr_repository" "f" {}
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
