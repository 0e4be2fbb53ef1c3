//! A zip package is not named by its version and hash.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-011",
    name: "zip-not-fixed",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A zip package is not named by its version and hash",
    why: "The object in the bucket can be replaced: without s3_object_version another one is \
          deployed, and without source_code_hash no plan shows it.",
    fix: "Set s3_object_version and source_code_hash.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Deploying Lambda functions as .zip file archives",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        if known(function.get("package_type")) == Some("Image") {
            continue;
        }
        let set = |name: &str| function.get(name).is_some_and(|v| !text(v).is_empty());
        if !set("source_code_hash") {
            weak(report, function, "source_code_hash");
        }
        if !set("filename") && !set("s3_object_version") {
            weak(report, function, "s3_object_version");
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
resource "aws_lambda_function" "f" { s3_key = "f.zip" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  s3_key           = "f.zip"
  source_code_hash = "abc="
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
  s3_key            = "f.zip"
  s3_object_version = var.version_id
  source_code_hash  = "abc="
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  filename         = "f.zip"
  source_code_hash = "abc="
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { package_type = "Image" }
"#,
        );
    }
}
