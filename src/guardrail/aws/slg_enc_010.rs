//! Events or requests are sent on over plain HTTP.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-010",
    name: "plain-http-delivery",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "Events or requests are sent on over plain HTTP",
    why: "Whoever is on the network reads and changes them.",
    fix: "Use https.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "Amazon SNS Developer Guide, Amazon SNS security best practices",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for subscription in input.of_type("aws_sns_topic_subscription") {
        let protocol = subscription.get("protocol");
        if known(protocol).is_none_or(|p| p == "http") {
            weak(report, subscription, "protocol");
        }
    }
    for (kind, attribute) in [
        ("aws_apigatewayv2_integration", "integration_uri"),
        ("aws_api_gateway_integration", "uri"),
        (
            "aws_cloudwatch_event_api_destination",
            "invocation_endpoint",
        ),
    ] {
        for resource in input.of_type(kind) {
            if resource
                .get(attribute)
                .is_some_and(|v| text(v).starts_with("http://"))
            {
                weak(report, resource, attribute);
            }
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
resource "aws_sns_topic_subscription" "s" { protocol = "http" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sns_topic_subscription" "s" { protocol = var.p }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_integration" "i" { integration_uri = "http://internal.example.com" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sns_topic_subscription" "s" { protocol = "https" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_integration" "i" { integration_uri = "https://internal.example.com" }
"#,
        );
    }
}
