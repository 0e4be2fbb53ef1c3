//! A log group keeps its logs for less than a year, or for ever.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-001",
    name: "log-retention",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A log group keeps its logs for less than a year, or for ever",
    why: "Break-ins are often noticed months later; logs without end cost money and keep personal \
          data without need.",
    fix: "Set retention_in_days to 365 or more.",
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
