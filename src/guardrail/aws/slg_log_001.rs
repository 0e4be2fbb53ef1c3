//! Logs are kept for less than a year, or for ever.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-001",
    name: "log-retention",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Logs are kept for less than a year, or for ever",
    why: "Break-ins are often noticed months later; logs without end cost money and keep personal \
          data without need. It looks at log groups, and at the buckets that delivery streams \
          and access logs are written to.",
    fix: "Set retention_in_days of the group, or expiration.days of an enabled lifecycle rule of \
          the bucket, to 365 or more.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub CloudWatch.16",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for group in input.of_type("aws_cloudwatch_log_group") {
        let days = group.get("retention_in_days");
        if number(days).is_none_or(|days| days < 365.0) {
            report.attribute(
                group,
                "retention_in_days",
                format!("retention_in_days {}", state(days)),
            );
        }
    }
    for bucket in input.of_type("aws_s3_bucket") {
        let stream = "aws_kinesis_firehose_delivery_stream";
        let archive = "extended_s3_configuration.bucket_arn";
        let receives = !input.pointing(stream, archive, bucket).is_empty()
            || !input
                .pointing("aws_s3_bucket_logging", "target_bucket", bucket)
                .is_empty();
        if receives {
            expires(bucket, input, report);
        }
    }
}

fn expires(bucket: &Resource, input: &Context<'_>, report: &mut Report<'_>) {
    let kind = ("aws_s3_bucket_lifecycle_configuration", "bucket");
    let missing = "the logs in the bucket never expire";
    let Some(lifecycle) = beside(input, report, bucket, kind, missing) else {
        return;
    };
    let rules = items(lifecycle.get("rule")).iter();
    let enabled = rules.filter(|rule| known(rule.get("status")) == Some("Enabled"));
    let days: Vec<Option<f64>> = enabled
        .filter_map(|rule| rule.get("expiration").map(Value::sole))
        .map(|expiration| number(expiration.get("days")))
        .collect();
    let path = "rule.expiration.days";
    if days.is_empty() {
        report.attribute(lifecycle, path, missing);
    } else if days.iter().any(|days| days.is_none_or(|days| days < 365.0)) {
        weak(report, lifecycle, path);
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
resource "aws_cloudwatch_log_group" "g" {  }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { retention_in_days = 0 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { retention_in_days = 180 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { retention_in_days = var.days }
"#,
        );
    }

    const BUCKET: &str = r#"
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    id     = "expire"
    status = "Enabled"
    expiration {
      days = 365
    }
  }
}
"#;
    const ARCHIVE: &str = r#"
resource "aws_kinesis_firehose_delivery_stream" "logs" {
  extended_s3_configuration {
    bucket_arn = aws_s3_bucket.logs.arn
  }
}
"#;
    const ACCESS_LOGS: &str = r#"
resource "aws_s3_bucket_logging" "b" {
  bucket        = "b"
  target_bucket = aws_s3_bucket.logs.id
}
"#;

    #[test]
    fn buckets_that_receive_logs_are_judged() {
        for receiver in [ARCHIVE, ACCESS_LOGS] {
            silent(META.id, &format!("{BUCKET}{receiver}"));
            for (from, to) in [
                ("days = 365", "days = 30"),
                ("days = 365", "days = var.days"),
                ("days = 365", "date = \"2030-01-01T00:00:00Z\""),
                ("Enabled", "Disabled"),
                (
                    "expiration {\n      days",
                    "noncurrent_version_expiration {\n      noncurrent_days",
                ),
            ] {
                let weak = BUCKET.replacen(from, to, 1);
                assert_ne!(weak, BUCKET, "{from}");
                fires(META.id, &format!("{weak}{receiver}"));
            }
            let alone = "resource \"aws_s3_bucket\" \"logs\" { bucket = \"logs\" }\n";
            fires(META.id, &format!("{alone}{receiver}"));
        }
        silent(META.id, &BUCKET.replace("days = 365", "days = 30"));
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { retention_in_days = 365 }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { retention_in_days = 731 }
"#,
        );
    }
}
