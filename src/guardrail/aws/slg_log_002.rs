//! A log group is not delivered to the archive.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-002",
    name: "log-group-not-delivered",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A log group is not delivered to the archive",
    why: "Whoever takes over the account can delete a log group; what has left it stays. The \
          subscription has to take every line (an empty pattern). The group that a delivery \
          stream writes its own errors to is not delivered, for SLG-LOG-021; an alarm has to \
          count each line of it instead (a metric filter with an empty pattern).",
    fix: "Add a subscription filter with an empty pattern to the log archive; for the errors of \
          the delivery itself, a metric filter with an empty pattern and an alarm on it.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Well-Architected, Security Pillar, SEC04-BP02",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for group in input.of_type("aws_cloudwatch_log_group") {
        let filters = input.pointing(
            "aws_cloudwatch_log_subscription_filter",
            "log_group_name",
            group,
        );
        let delivered = filters.iter().any(|filter| {
            archive(filter, input)
                && filter
                    .attributes
                    .get("filter_pattern")
                    .is_some_and(|pattern| known(Some(pattern)) == Some(""))
        });
        if delivered {
            continue;
        }
        if filters.is_empty() && of_delivery_stream(group, input) {
            if !every_line_counted(group, input) {
                let message = "nothing delivers the log group, and no alarm counts its lines";
                report.resource(group, message);
            }
            continue;
        }
        match filters.first() {
            Some(filter) if !archive(filter, input) => weak(report, filter, "destination_arn"),
            Some(filter) => report.attribute(
                filter,
                "filter_pattern",
                format!(
                    "filter_pattern {}: not every line is delivered",
                    state(filter.get("filter_pattern"))
                ),
            ),
            None => report.resource(group, "no subscription filter delivers the log group"),
        }
    }
}

/// Whether a subscription goes to a delivery stream of the stack, or to an archive given by its
/// ARN: a stream, or a destination of `CloudWatch` Logs.
fn archive(filter: &Resource, input: &Context<'_>) -> bool {
    let destination = filter.get("destination_arn");
    let stream = "aws_kinesis_firehose_delivery_stream";
    input.target(stream, destination).is_some()
        || known(destination).is_some_and(|arn| {
            let fields: Vec<&str> = arn.splitn(6, ':').collect();
            matches!(fields.as_slice(),
                ["arn", _, "logs", _, _, name] if name.starts_with("destination:"))
                || matches!(fields.as_slice(), ["arn", _, "firehose" | "kinesis", ..])
        })
}

fn every_line_counted(group: &Resource, input: &Context<'_>) -> bool {
    let kind = "aws_cloudwatch_log_metric_filter";
    let filters = input.pointing(kind, "log_group_name", group);
    filters.iter().any(|filter| {
        let pattern = filter.attributes.get("pattern");
        known(pattern) == Some("") && counted(filter, input)
    })
}

fn of_delivery_stream(group: &Resource, input: &Context<'_>) -> bool {
    let options = "extended_s3_configuration.cloudwatch_logging_options.log_group_name";
    let stream = "aws_kinesis_firehose_delivery_stream";
    !input.pointing(stream, options, group).is_empty()
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
resource "aws_cloudwatch_log_group" "g" { name = "/aws/lambda/f" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { name = "/aws/lambda/f" }
resource "aws_cloudwatch_log_subscription_filter" "g" {
  log_group_name = aws_cloudwatch_log_group.g.name
  filter_pattern = "ERROR"
  destination_arn = aws_kinesis_firehose_delivery_stream.logs.arn
}
resource "aws_kinesis_firehose_delivery_stream" "logs" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { name = "/aws/lambda/f" }
resource "aws_cloudwatch_log_group" "h" { name = "/aws/lambda/f-two" }
resource "aws_cloudwatch_log_subscription_filter" "g" {
  log_group_name = "/aws/lambda/f"
  filter_pattern = ""
  destination_arn = aws_kinesis_firehose_delivery_stream.logs.arn
}
resource "aws_kinesis_firehose_delivery_stream" "logs" {}
"#,
        );
    }

    const ERRORS: &str = r#"
resource "aws_cloudwatch_log_group" "firehose" { name = "/aws/kinesisfirehose/logs" }
resource "aws_kinesis_firehose_delivery_stream" "logs" {
  extended_s3_configuration {
    cloudwatch_logging_options {
      log_group_name = aws_cloudwatch_log_group.firehose.name
    }
  }
}
"#;
    const COUNTED: &str = r#"
resource "aws_cloudwatch_log_metric_filter" "errors" {
  log_group_name = aws_cloudwatch_log_group.firehose.name
  pattern        = ""
  metric_transformation {
    name      = "errors"
    namespace = "orders"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "errors" {
  namespace   = "orders"
  metric_name = "errors"
}
"#;

    #[test]
    fn errors_of_the_delivery_have_to_be_counted() {
        silent(META.id, &format!("{ERRORS}{COUNTED}"));
        fires(META.id, ERRORS);
        for (from, to) in [
            ("pattern        = \"\"", "pattern        = \"NoSuchBucket\""),
            ("value     = \"1\"", "value     = \"0\""),
            ("namespace   = \"orders\"", "namespace   = \"payments\""),
            ("log_group_name = aws_cloudwatch_log_group.firehose.name\n  pattern",
             "log_group_name = \"/aws/lambda/f\"\n  pattern"),
        ] {
            let weak = COUNTED.replace(from, to);
            assert_ne!(weak, COUNTED, "{from}");
            fires(META.id, &format!("{ERRORS}{weak}"));
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { name = "/aws/lambda/f" }
resource "aws_cloudwatch_log_subscription_filter" "g" {
  log_group_name = aws_cloudwatch_log_group.g.name
  filter_pattern = ""
  destination_arn = aws_kinesis_firehose_delivery_stream.logs.arn
}
resource "aws_kinesis_firehose_delivery_stream" "logs" {}
"#,
        );
    }
}
