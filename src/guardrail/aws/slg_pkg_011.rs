//! A zip package is not named by its version and hash.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-011",
    name: "zip-not-fixed",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A zip package is not named by its version and hash",
    why: "The object in the bucket can be replaced: without s3_object_version another one is \
          deployed, and without source_code_hash no plan shows it. What comes in through a \
          variable has to be demanded by its validation: a hash of the right form, a version that \
          is not empty.",
    fix: "Set s3_object_version and source_code_hash, and validate the variables that hold them.",
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
        let set = |name: &str, condition: &str| {
            function.get(name).is_some_and(|value| match &value.kind {
                Kind::Symbol(symbol) if symbol.starts_with("var.") => {
                    demanded(input, symbol, condition)
                }
                _ => !text(value).is_empty(),
            })
        };
        // SHA-256 in base64: 32 bytes.
        if !set(
            "source_code_hash",
            r#"can(regex("^[A-Za-z0-9+/]{43}=$", {}))"#,
        ) {
            weak(report, function, "source_code_hash");
        }
        let version = "s3_object_version";
        if function.get("filename").is_none() && !set(version, "can(length({}) > 0)") {
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

    const BY_VARIABLE: &str = r#"
resource "aws_lambda_function" "f" {
  s3_key            = "f.zip"
  s3_object_version = var.version_id
  source_code_hash  = var.hash
}
variable "version_id" {
  validation {
    condition     = can(length(var.version_id) > 0)
    error_message = "Empty."
  }
}
variable "hash" {
  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.hash))
    error_message = "Not a hash."
  }
}
"#;

    #[test]
    fn variables_have_to_be_validated() {
        silent(META.id, BY_VARIABLE);
        for (from, to) in [
            ("can(length(var.version_id) > 0)", "true"),
            ("{43}", "{0,43}"),
            ("var.hash))", "var.version_id))"),
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
