//! A bucket keeps no versions.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-007",
    name: "bucket-without-versions",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A bucket keeps no versions",
    why: "An overwritten or deleted object is gone, by mistake or by someone who encrypts for \
          ransom.",
    fix: "Enable versioning.",
    references: &["AWS Security Hub S3.14"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for bucket in input.of_type("aws_s3_bucket") {
        let kind = ("aws_s3_bucket_versioning", "bucket");
        let missing = "the bucket has no versioning";
        let Some(versioning) = beside(input, report, bucket, kind, missing) else {
            continue;
        };
        let path = "versioning_configuration.status";
        if known(versioning.get(path)) != Some("Enabled") {
            weak(report, versioning, path);
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
resource "aws_s3_bucket" "b" { bucket = "b" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Suspended"
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
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_versioning" "b" {
  bucket = "b"
  versioning_configuration {
    status = "Enabled"
  }
}
"#,
        );
    }
}
