//! Nobody records who touches a bucket.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-020",
    name: "bucket-without-access-logs",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Nobody records who touches a bucket",
    why: "After a leak the access logs say which objects were read and by whom. The bucket that \
          receives the access logs is exempt: one that logs into itself never ends.",
    fix: "Add an aws_s3_bucket_logging for the bucket, with a target_bucket of its own.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub S3.9",
        "Amazon S3 User Guide, Logging requests with server access logging",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let kind = "aws_s3_bucket_logging";
    for bucket in input.of_type("aws_s3_bucket") {
        if input.pointing(kind, "bucket", bucket).is_empty()
            && input.pointing(kind, "target_bucket", bucket).is_empty()
        {
            report.resource(bucket, "no aws_s3_bucket_logging is for this bucket");
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
resource "aws_s3_bucket" "other" { bucket = "other" }
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_s3_bucket_logging" "other" {
  bucket        = aws_s3_bucket.other.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "other/"
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
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_s3_bucket_logging" "b" {
  bucket        = aws_s3_bucket.b.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "b/"
}
"#,
        );
    }
}
