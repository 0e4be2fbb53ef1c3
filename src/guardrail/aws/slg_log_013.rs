//! A topic that alarms are sent to has no subscription.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-013",
    name: "alarms-reach-nobody",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A topic that alarms are sent to has no subscription",
    why: "The alarm fires and nobody hears it. Topics outside the stack are not judged.",
    fix: "Name someone under alerts.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for topic in input.of_type("aws_sns_topic") {
        let alarms = input.pointing("aws_cloudwatch_metric_alarm", "alarm_actions", topic);
        let readers = input.pointing("aws_sns_topic_subscription", "topic_arn", topic);
        if !alarms.is_empty() && readers.is_empty() {
            report.resource(
                topic,
                "alarms are sent to the topic, and nothing subscribes to it",
            );
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
resource "aws_sns_topic" "alarms" { name = "alarms" }
resource "aws_cloudwatch_metric_alarm" "a" { alarm_actions = [aws_sns_topic.alarms.arn] }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sns_topic" "alarms" { name = "alarms" }
resource "aws_cloudwatch_metric_alarm" "a" { alarm_actions = [aws_sns_topic.alarms.arn] }
resource "aws_sns_topic_subscription" "a" { topic_arn = aws_sns_topic.alarms.arn }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sns_topic" "alarms" { name = "alarms" }
"#,
        );
    }
}
