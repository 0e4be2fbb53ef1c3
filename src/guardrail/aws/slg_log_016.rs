//! Archived logs can be deleted or changed.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-016",
    name: "archive-not-locked",
    severity: Severity::High,
    risk: Risk::Logging,
    title: "Archived logs can be deleted or changed",
    why: "The archive is what is left when an intruder has cleaned up. Object lock with a default \
          retention of a year keeps every version; lifecycle rules must not expire them earlier. \
          It looks at buckets of the stack that a log subscription's delivery stream writes to.",
    fix: "Enable object lock with GOVERNANCE or COMPLIANCE and 365 days or more.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub S3.15",
        "AWS Well-Architected, Security Pillar, SEC04-BP02",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for stream in input.of_type("aws_kinesis_firehose_delivery_stream") {
        let filters = "aws_cloudwatch_log_subscription_filter";
        let arn = stream.get("extended_s3_configuration.bucket_arn");
        let Some(bucket) = input.target("aws_s3_bucket", arn) else {
            continue;
        };
        if !input
            .pointing(filters, "destination_arn", stream)
            .is_empty()
        {
            judge(bucket, input, report);
        }
    }
}

fn judge(bucket: &Resource, input: &Context<'_>, report: &mut Report<'_>) {
    if !is_true(bucket.get("object_lock_enabled")) {
        weak(report, bucket, "object_lock_enabled");
    }
    let kind = ("aws_s3_bucket_object_lock_configuration", "bucket");
    let missing = "the archive has no object lock configuration";
    let Some(lock) = beside(input, report, bucket, kind, missing) else {
        return;
    };
    let mode = "rule.default_retention.mode";
    if !matches!(known(lock.get(mode)), Some("GOVERNANCE" | "COMPLIANCE")) {
        weak(report, lock, mode);
    }
    let days = number(lock.get("rule.default_retention.days"));
    let years = number(lock.get("rule.default_retention.years"));
    if days
        .or(years.map(|y| y * 365.0))
        .is_none_or(|days| days < YEAR)
    {
        weak(report, lock, "rule.default_retention.days");
    }
    let kind = "aws_s3_bucket_lifecycle_configuration";
    for lifecycle in input.pointing(kind, "bucket", bucket) {
        let path = "rule.expiration.days";
        for days in lifecycle.values(path) {
            if number(Some(days)).is_none_or(|days| days < YEAR) {
                report.attribute(lifecycle, path, format!("{path} {}", state(Some(days))));
            }
        }
    }
}

const YEAR: f64 = 365.0;

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_kinesis_firehose_delivery_stream" "logs" {
  name = "logs"
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.logs.arn
  }
}
resource "aws_cloudwatch_log_subscription_filter" "f" {
  destination_arn = aws_kinesis_firehose_delivery_stream.logs.arn
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "logs" {
  bucket              = "logs"
  object_lock_enabled = true
}
resource "aws_s3_bucket_object_lock_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 30
    }
  }
}
resource "aws_kinesis_firehose_delivery_stream" "logs" {
  name = "logs"
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.logs.arn
  }
}
resource "aws_cloudwatch_log_subscription_filter" "f" {
  destination_arn = aws_kinesis_firehose_delivery_stream.logs.arn
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_s3_bucket" "logs" {
  bucket              = "logs"
  object_lock_enabled = true
}
resource "aws_s3_bucket_object_lock_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    default_retention {
      mode  = "COMPLIANCE"
      years = 1
    }
  }
}
resource "aws_kinesis_firehose_delivery_stream" "logs" {
  name = "logs"
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.logs.arn
  }
}
resource "aws_cloudwatch_log_subscription_filter" "f" {
  destination_arn = aws_kinesis_firehose_delivery_stream.logs.arn
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_s3_bucket" "data" { bucket = "data" }
"#,
        );
    }
}
