//! Nobody notices when logs stop reaching the archive.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-017",
    name: "log-delivery-not-watched",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "Nobody notices when logs stop reaching the archive",
    why: "A stream that cannot write tries for a day and then drops. It has to log its errors and \
          to have an alarm on the age of the oldest record.",
    fix: "Enable cloudwatch_logging_options and add an alarm on DeliveryToS3.DataFreshness.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon Data Firehose Developer Guide, Monitor Amazon Data Firehose using CloudWatch \
         metrics",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for stream in input.of_type("aws_kinesis_firehose_delivery_stream") {
        let dimension = "dimensions.DeliveryStreamName";
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", dimension, stream);
        if !watches(&alarms, "AWS/Firehose", &["DeliveryToS3.DataFreshness"]) {
            report.resource(stream, "no alarm watches the age of what is not delivered");
        }
        let options = "extended_s3_configuration.cloudwatch_logging_options";
        for path in [
            format!("{options}.log_group_name"),
            format!("{options}.log_stream_name"),
        ] {
            if stream.get(&path).is_none() {
                weak(report, stream, &path);
            }
        }
        let enabled = format!("{options}.enabled");
        if !is_true(stream.get(&enabled)) {
            weak(report, stream, &enabled);
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
resource "aws_kinesis_firehose_delivery_stream" "logs" { name = "logs" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_kinesis_firehose_delivery_stream" "logs" {
  name = "logs"
  extended_s3_configuration {
    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = "/aws/kinesisfirehose/logs"
      log_stream_name = "S3Delivery"
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Firehose"
  metric_name         = "DeliveryToS3.DataFreshness"
  dimensions          = { DeliveryStreamName = "logs" }
  alarm_actions       = ["arn:aws:sns:eu-west-1:111111111111:oncall"]
}
"#,
        );
    }
}
