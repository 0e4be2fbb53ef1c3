//! An access log does not say who called what, when, from where and with what outcome.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-015",
    name: "access-log-lacks-fields",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "An access log does not say who called what, when, from where and with what outcome",
    why: "An incident is told from these fields: request id, source address, time, route or path, \
          status, and the caller as the authorizer saw it.",
    fix: "Log $context.requestId, identity.sourceIp, requestTime, routeKey, status and a claim of \
          the authorizer.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "OWASP Cheat Sheet Series, Logging: event attributes",
    ],
};

/// What has to be there, and the variables that say it.
const FIELDS: [(&str, &[&str]); 6] = [
    (
        "request id",
        &["$context.requestId", "$context.extendedRequestId"],
    ),
    ("source address", &["$context.identity.sourceIp"]),
    ("time", &["$context.requestTime"]),
    (
        "route",
        &[
            "$context.routeKey",
            "$context.path",
            "$context.resourcePath",
        ],
    ),
    ("status", &["$context.status"]),
    (
        "caller",
        &[
            "$context.authorizer.",
            "$context.identity.caller",
            "$context.identity.user}",
            "$context.identity.userArn",
        ],
    ),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for kind in ["aws_apigatewayv2_stage", "aws_api_gateway_stage"] {
        for stage in input.of_type(kind) {
            let path = "access_log_settings.format";
            // A stage without access log is judged by SLG-LOG-005.
            let Some(format) = stage.get(path).map(text) else {
                continue;
            };
            let missing: Vec<&str> = FIELDS
                .iter()
                .filter(|(_, variables)| !variables.iter().any(|v| format.contains(v)))
                .map(|(field, _)| *field)
                .collect();
            if !missing.is_empty() {
                let message = format!("the access log lacks {}", missing.join(", "));
                report.attribute(stage, path, message);
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
resource "aws_apigatewayv2_stage" "s" {
  access_log_settings {
    format = "$context.requestId $context.status"
  }
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" {
  access_log_settings {
    format = jsonencode({
      id    = "$context.requestId"
      ip    = "$context.identity.sourceIp"
      time  = "$context.requestTime"
      route = "$context.routeKey"
      state = "$context.status"
      sub   = "$context.authorizer.claims.sub"
    })
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" {}
"#,
        );
    }
}
