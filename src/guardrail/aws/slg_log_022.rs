//! A bucket does not tell what happens in it.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-022",
    name: "bucket-without-events",
    severity: Severity::Low,
    risk: Risk::Logging,
    title: "A bucket does not tell what happens in it",
    why: "Access logs come hours later, and not all of them. Events tell at once that objects are \
          deleted in bulk; rules of the account can only watch buckets that send them. Sending \
          them to EventBridge costs nothing.",
    fix: "Add an aws_s3_bucket_notification with eventbridge.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Security Hub S3.11",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for bucket in input.of_type("aws_s3_bucket") {
        let kind = ("aws_s3_bucket_notification", "bucket");
        let missing = "the bucket sends no events";
        let Some(notification) = beside(input, report, bucket, kind, missing) else {
            continue;
        };
        let sends = |to: &&str| !items(notification.get(to)).is_empty();
        if !is_true(notification.get("eventbridge"))
            && !["lambda_function", "queue", "topic"].iter().any(sends)
        {
            weak(report, notification, "eventbridge");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        let bucket = "resource \"aws_s3_bucket\" \"b\" { bucket = \"b\" }\n";
        fires(META.id, bucket);
        for (of, setting) in [
            ("b", "eventbridge = false"),
            ("b", ""),
            ("other", "eventbridge = true"),
        ] {
            let notification = format!(
                "resource \"aws_s3_bucket_notification\" \"b\" {{\n  bucket = {of:?}\n  {setting}\n}}\n"
            );
            fires(META.id, &format!("{bucket}{notification}"));
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_notification" "b" {
  bucket      = aws_s3_bucket.b.id
  eventbridge = true
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_sns_topic" "t" {}
resource "aws_s3_bucket_notification" "b" {
  bucket = aws_s3_bucket.b.id
  topic {
    topic_arn = aws_sns_topic.t.arn
    events    = ["s3:ObjectRemoved:*"]
  }
}
"#,
        );
    }
}
