//! A delivery of logs is fed its own errors.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-021",
    name: "delivery-fed-its-own-errors",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A delivery of logs is fed its own errors",
    why: "Each error that a delivery stream logs is then delivered by it, fails like what went \
          before and is logged again: the loop is paid for by the line, and fills the log that \
          should tell what is wrong. Loops over several streams count too.",
    fix: "Take away the subscription of the stream's error log, and have an alarm count its lines.",
    references: &[
        "Amazon CloudWatch Logs User Guide, Log recursion prevention",
        "Amazon Data Firehose Developer Guide, Monitor Amazon Data Firehose using CloudWatch Logs",
    ],
};

const STREAM: &str = "aws_kinesis_firehose_delivery_stream";
const FILTER: &str = "aws_cloudwatch_log_subscription_filter";

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for filter in input.of_type(FILTER) {
        let Some(first) = input.target(STREAM, filter.get("destination_arn")) else {
            continue;
        };
        let source = filter.get("log_group_name");
        let source = input.target("aws_cloudwatch_log_group", source);
        // Every group that errors of this subscription's delivery reach.
        let mut streams = vec![first];
        let mut next = 0;
        while let Some(stream) = streams.get(next).copied() {
            next += 1;
            let Some(errors) = errors_of(stream, input) else {
                continue;
            };
            if source.is_some_and(|source| source.address == errors.address) {
                let message = format!("errors of {} come back to it", first.address);
                report.attribute(filter, "destination_arn", message);
                break;
            }
            for filter in input.pointing(FILTER, "log_group_name", errors) {
                let stream = input.target(STREAM, filter.get("destination_arn"));
                let new = stream.filter(|s| streams.iter().all(|known| known.address != s.address));
                streams.extend(new);
            }
        }
    }
}

/// The log group that a delivery stream writes its errors to.
fn errors_of<'a>(stream: &Resource, input: &Context<'a>) -> Option<&'a Resource> {
    let options = "extended_s3_configuration.cloudwatch_logging_options.log_group_name";
    input.target("aws_cloudwatch_log_group", stream.get(options))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    /// Stream `name` with the error log of the same name, and a subscription of that log.
    fn stream(name: &str, to: Option<&str>) -> String {
        let filter = to.map_or_else(String::new, |to| {
            format!(
                r#"
resource "aws_cloudwatch_log_subscription_filter" "{name}" {{
  log_group_name  = aws_cloudwatch_log_group.{name}.name
  destination_arn = aws_kinesis_firehose_delivery_stream.{to}.arn
}}
"#
            )
        });
        format!(
            r#"
resource "aws_cloudwatch_log_group" "{name}" {{ name = "/aws/kinesisfirehose/{name}" }}
resource "aws_kinesis_firehose_delivery_stream" "{name}" {{
  name = "{name}"
  extended_s3_configuration {{
    cloudwatch_logging_options {{
      log_group_name = aws_cloudwatch_log_group.{name}.name
    }}
  }}
}}
{filter}"#
        )
    }

    #[test]
    fn fires_when_weak() {
        fires(META.id, &stream("a", Some("a")));
        let two = stream("a", Some("b")) + &stream("b", Some("a"));
        fires(META.id, &two);
        let by_name = stream("a", Some("a")).replace(
            "log_group_name  = aws_cloudwatch_log_group.a.name",
            "log_group_name = \"/aws/kinesisfirehose/a\"",
        );
        fires(META.id, &by_name);
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(META.id, &stream("a", None));
        // A second stream that takes the errors of the first, and whose own go nowhere.
        let two = stream("a", Some("b")) + &stream("b", None);
        silent(META.id, &two);
        let other = stream("a", None)
            + r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/f" }
resource "aws_cloudwatch_log_subscription_filter" "f" {
  log_group_name  = aws_cloudwatch_log_group.f.name
  destination_arn = aws_kinesis_firehose_delivery_stream.a.arn
}
"#;
        silent(META.id, &other);
    }
}
