//! A bucket keeps old versions and broken uploads for ever.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-008",
    name: "bucket-without-lifecycle",
    severity: Severity::Low,
    risk: Risk::Resilience,
    title: "A bucket keeps old versions and broken uploads for ever",
    why: "They are paid for, hold data that was deleted, and no listing shows them.",
    fix: "Add a lifecycle configuration that is enabled, with noncurrent_version_expiration and \
          abort_incomplete_multipart_upload.",
    references: &["AWS Security Hub S3.10", "AWS Security Hub S3.13"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for bucket in input.of_type("aws_s3_bucket") {
        let kind = ("aws_s3_bucket_lifecycle_configuration", "bucket");
        let missing = "the bucket has no lifecycle configuration";
        let Some(lifecycle) = beside(input, report, bucket, kind, missing) else {
            continue;
        };
        for path in [
            "noncurrent_version_expiration.noncurrent_days",
            "abort_incomplete_multipart_upload.days_after_initiation",
        ] {
            let rules = items(lifecycle.get("rule"));
            let tidied = rules.iter().any(|rule| {
                let mut steps = path.split('.');
                let block = steps
                    .next()
                    .and_then(|block| rule.get(block))
                    .map(Value::sole);
                let days = block
                    .zip(steps.next())
                    .and_then(|(block, days)| block.get(days));
                known(rule.get("status")) == Some("Enabled") && number(days).is_some()
            });
            if !tidied {
                let message = format!("no rule that is enabled has {path}");
                report.attribute(lifecycle, &format!("rule.{path}"), message);
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
resource "aws_s3_bucket" "b" { bucket = "b" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "tidy"
    status = "Disabled"
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
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
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "tidy"
    status = "Enabled"
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
"#,
        );
    }
}
