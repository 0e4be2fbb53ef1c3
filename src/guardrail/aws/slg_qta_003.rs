//! A log group has more subscription filters than `CloudWatch` Logs takes.

use crate::catalog::aws::quotas;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-QTA-003",
    name: "too-many-subscription-filters",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A log group has more subscription filters than CloudWatch Logs takes",
    why: "The apply then fails half way, with the archive's filter among those that may be \
          missing.",
    fix: "Keep the archive's filter and one other.",
    references: &["Amazon CloudWatch Logs User Guide, CloudWatch Logs quotas"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let most = quotas::quota("log_group_subscription_filters").value;
    for group in input.of_type("aws_cloudwatch_log_group") {
        let kind = "aws_cloudwatch_log_subscription_filter";
        let filters = input.pointing(kind, "log_group_name", group).len() as u64;
        if filters > most {
            report.resource(
                group,
                format!("{filters} subscription filters, {most} are allowed"),
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
resource "aws_cloudwatch_log_group" "g" { name = "g" }
resource "aws_cloudwatch_log_subscription_filter" "f" {
  count          = 3
  log_group_name = "g"
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "g" { name = "g" }
resource "aws_cloudwatch_log_subscription_filter" "f" {
  count          = 2
  log_group_name = "g"
}
"#,
        );
    }
}
