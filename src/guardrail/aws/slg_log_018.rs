//! An API counts requests as a whole only.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-018",
    name: "stage-without-detailed-metrics",
    severity: Severity::Low,
    risk: Risk::Logging,
    title: "An API counts requests as a whole only",
    why: "Without metrics for each route an attack on one is hidden by the traffic of the others.",
    fix: "Set detailed_metrics_enabled = true.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "Amazon API Gateway Developer Guide, Monitor CloudWatch metrics for HTTP APIs",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for stage in input.of_type("aws_apigatewayv2_stage") {
        let path = "default_route_settings.detailed_metrics_enabled";
        if !is_true(stage.get(path)) {
            weak(report, stage, path);
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
resource "aws_apigatewayv2_stage" "s" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" {
  default_route_settings {
    detailed_metrics_enabled = true
  }
}
"#,
        );
    }
}
