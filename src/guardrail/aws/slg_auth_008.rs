//! A stage of an HTTP API serves what is older than what is written.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-008",
    name: "stage-not-deployed",
    severity: Severity::Medium,
    risk: Risk::Authentication,
    title: "A stage of an HTTP API serves what is older than what is written",
    why: "Without automatic deployment a route that gets an authorizer, or goes, stays open as it \
          was, while code, plan and state say otherwise. A deployment of the stack counts.",
    fix: "Set auto_deploy to true.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "Amazon API Gateway Developer Guide, Stages for HTTP APIs in API Gateway",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for stage in input.of_type("aws_apigatewayv2_stage") {
        let deployed = stage.get("deployment_id");
        let deployment = input.target("aws_apigatewayv2_deployment", deployed);
        if !is_true(stage.get("auto_deploy")) && deployment.is_none() {
            weak(report, stage, "auto_deploy");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        for setting in [
            "",
            "auto_deploy = false",
            "auto_deploy = var.automatic",
            "deployment_id = \"a1b2c3\"",
        ] {
            fires(
                META.id,
                &format!("resource \"aws_apigatewayv2_stage\" \"s\" {{\n  {setting}\n}}\n"),
            );
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" { auto_deploy = true }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" { deployment_id = aws_apigatewayv2_deployment.d.id }
resource "aws_apigatewayv2_deployment" "d" {}
"#,
        );
    }
}
