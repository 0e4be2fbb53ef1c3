//! An alarm is set so that it does not fire.

use std::collections::BTreeSet;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-012",
    name: "alarm-that-does-not-fire",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "An alarm is set so that it does not fire",
    why: "It looks at alarms on metrics that rise when something is wrong (errors, throttles, \
          duration, concurrency, dead letters, age of messages and log records, and those of \
          metric filters): they have to compare upwards, with a statistic that shows the worst, \
          over an hour at most. Counts of failures alarm at 10 or less; duration within the \
          timeout, concurrency within the reservation, age of messages within the retention.",
    fix: "Leave comparison, statistic, threshold and period as they are generated.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon CloudWatch User Guide, Using Amazon CloudWatch alarms",
    ],
};

/// Namespace, metric, statistic and greatest threshold of metrics of which more is worse.
const METRICS: [(&str, &str, &str, Most); 10] = [
    ("AWS/Lambda", "Errors", "Sum", Most::Failures),
    ("AWS/Lambda", "Throttles", "Sum", Most::Failures),
    ("AWS/Lambda", "Duration", "Maximum", Most::Timeout),
    (
        "AWS/Lambda",
        "ConcurrentExecutions",
        "Maximum",
        Most::Reservation,
    ),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "Maximum",
        Most::Any,
    ),
    (
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "Maximum",
        Most::Retention,
    ),
    ("AWS/ApiGateway", "5xx", "Sum", Most::Failures),
    ("AWS/ApiGateway", "4xx", "Sum", Most::Requests),
    (
        "AWS/Firehose",
        "DeliveryToS3.DataFreshness",
        "Maximum",
        Most::Day,
    ),
    (
        "AWS/Scheduler",
        "InvocationDroppedCount",
        "Sum",
        Most::Failures,
    ),
];

/// What a threshold may be at most.
#[derive(Clone, Copy)]
enum Most {
    /// Failures: none when all is well.
    Failures,
    /// A day, in seconds.
    Day,
    /// The function's timeout.
    Timeout,
    /// The function's reserved concurrency.
    Reservation,
    /// The queue's retention.
    Retention,
    /// What the stage lets through in a period.
    Requests,
    /// Anything: what is much depends on the work.
    Any,
}

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let filters: BTreeSet<(String, String)> = input
        .of_type("aws_cloudwatch_log_metric_filter")
        .filter_map(|filter| {
            let of = |name: &str| {
                filter
                    .get(&format!("metric_transformation.{name}"))
                    .map(text)
            };
            Some((of("namespace")?, of("name")?))
        })
        .collect();
    for alarm in input.of_type("aws_cloudwatch_metric_alarm") {
        let of = |name: &str| alarm.get(name).map(text).unwrap_or_default();
        let (namespace, metric) = (of("namespace"), of("metric_name"));
        let listed = METRICS
            .iter()
            .find(|(n, m, ..)| *n == namespace && *m == metric);
        let (statistic, most) = match listed {
            Some((_, _, statistic, most)) => (*statistic, *most),
            None if filters.contains(&(namespace, metric)) => ("Sum", Most::Failures),
            None => continue,
        };
        let operator = alarm.get("comparison_operator");
        if !known(operator).is_some_and(|o| o.starts_with("GreaterThan")) {
            weak(report, alarm, "comparison_operator");
        }
        if known(alarm.get("statistic")) != Some(statistic) {
            weak(report, alarm, "statistic");
        }
        let limit = limit(most, alarm, input);
        let threshold = number(alarm.get("threshold"));
        if threshold.is_none_or(|t| limit.is_some_and(|most| t > most)) {
            weak(report, alarm, "threshold");
        }
        let period = number(alarm.get("period"));
        if period.is_none_or(|p| p > HOUR) {
            weak(report, alarm, "period");
        }
        let periods = number(alarm.get("evaluation_periods"));
        if periods.is_none_or(|n| n * period.unwrap_or_default() > HOUR) {
            weak(report, alarm, "evaluation_periods");
        }
    }
}

const HOUR: f64 = 3600.0;

fn limit(most: Most, alarm: &Resource, input: &Context<'_>) -> Option<f64> {
    let function = || input.target("aws_lambda_function", alarm.get("dimensions.FunctionName"));
    match most {
        Most::Failures => Some(10.0),
        Most::Day => Some(86_400.0),
        Most::Timeout => {
            // Unsaid it is 3 seconds.
            let timeout = function()?.get("timeout");
            Some(timeout.map_or(3.0, |t| number(Some(t)).unwrap_or_default()) * 1000.0)
        }
        Most::Reservation => number(function()?.get("reserved_concurrent_executions")),
        Most::Retention => {
            let queue = input.target("aws_sqs_queue", alarm.get("dimensions.QueueName"))?;
            // Unsaid it is 4 days.
            let retention = queue.get("message_retention_seconds");
            Some(retention.map_or(345_600.0, |r| number(Some(r)).unwrap_or_default()))
        }
        Most::Requests => {
            let api = input.target("aws_apigatewayv2_api", alarm.get("dimensions.ApiId"))?;
            let stages = input.pointing("aws_apigatewayv2_stage", "api_id", api);
            let path = "default_route_settings.throttling_rate_limit";
            let rates: Option<f64> = stages.iter().map(|s| number(s.get(path))).sum();
            Some(rates? * number(alarm.get("period"))?)
        }
        Most::Any => None,
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
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Minimum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 100000
  period              = 300
  evaluation_periods  = 1
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  timeout       = 10
}
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = "f" }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 11000
  period              = 300
  evaluation_periods  = 1
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 100
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  timeout       = 10
}
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = "f" }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 9000
  period              = 300
  evaluation_periods  = 1
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_metric_alarm" "a" {
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 86400
  evaluation_periods  = 1
}
"#,
        );
    }
}
