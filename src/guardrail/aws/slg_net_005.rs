//! A bucket's objects may carry access lists of their own.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-005",
    name: "bucket-with-acls",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A bucket's objects may carry access lists of their own",
    why: "An access list opens one object past every policy, and an object that another account \
          wrote belongs to it. Only BucketOwnerEnforced turns the lists off.",
    fix: "Add ownership controls with BucketOwnerEnforced.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub S3.12",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for bucket in input.of_type("aws_s3_bucket") {
        let kind = ("aws_s3_bucket_ownership_controls", "bucket");
        let missing = "the bucket has no ownership controls";
        let Some(controls) = beside(input, report, bucket, kind, missing) else {
            continue;
        };
        let path = "rule.object_ownership";
        if known(controls.get(path)) != Some("BucketOwnerEnforced") {
            weak(report, controls, path);
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
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "ObjectWriter"
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
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
"#,
        );
    }
}
