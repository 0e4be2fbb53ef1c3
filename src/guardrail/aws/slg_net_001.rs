//! A bucket does not block public access in all four ways.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-001",
    name: "bucket-open-to-public",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A bucket does not block public access in all four ways",
    why: "One ACL or policy set by hand makes the objects public; the block refuses both, present \
          and future.",
    fix: "Add a public access block with all four settings true.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "AWS Security Hub S3.8",
        "CIS AWS Foundations 3.0.0 2.1.4",
    ],
};

const SETTINGS: [&str; 4] = [
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for bucket in input.of_type("aws_s3_bucket") {
        let kind = ("aws_s3_bucket_public_access_block", "bucket");
        let missing = "the bucket has no public access block";
        let Some(block) = beside(input, report, bucket, kind, missing) else {
            continue;
        };
        for setting in SETTINGS {
            let value = block.get(setting);
            if !is_true(value) {
                report.attribute(block, setting, format!("{setting} {}", state(value)));
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
resource "aws_s3_bucket" "b" { bucket = "incoming" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "incoming" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket = aws_s3_bucket.b.id
  block_public_acls = true
  block_public_policy = true
  ignore_public_acls = true

}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "incoming" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket = aws_s3_bucket.b.id
  block_public_acls = true
  block_public_policy = true
  ignore_public_acls = true
  restrict_public_buckets = false
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "incoming" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket = "incoming-other"
  block_public_acls = true
  block_public_policy = true
  ignore_public_acls = true
  restrict_public_buckets = true
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "incoming" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket = aws_s3_bucket.b.id
  block_public_acls = true
  block_public_policy = true
  ignore_public_acls = true
  restrict_public_buckets = true
}
"#,
        );
    }
}
