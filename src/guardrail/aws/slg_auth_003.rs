//! An API stage has no request limit.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-003",
    name: "api-without-throttling",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "An API stage has no request limit",
    why: "One caller then uses up the function's concurrency and the month's budget. Both the \
          steady rate and the burst have to be set; -1 and 0 do not limit.",
    fix: "Set throttle on the api.",
    references: &[
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "Amazon API Gateway Developer Guide, Throttle requests",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for stage in input.of_type("aws_apigatewayv2_stage") {
        for limit in ["throttling_rate_limit", "throttling_burst_limit"] {
            let path = format!("default_route_settings.{limit}");
            let value = stage.get(&path);
            if !limits(value) {
                report.attribute(stage, &path, format!("{limit} {}", state(value)));
            }
        }
        for settings in items(stage.get("route_settings")) {
            for limit in ["throttling_rate_limit", "throttling_burst_limit"] {
                let value = settings.get(limit);
                if !limits(value) {
                    report.attribute(
                        stage,
                        &format!("route_settings.{limit}"),
                        format!("{limit} of a route {}", state(value)),
                    );
                }
            }
        }
    }
    for stage in input.of_type("aws_api_gateway_stage") {
        let limited = input
            .alike(
                "aws_api_gateway_method_settings",
                "rest_api_id",
                stage.get("rest_api_id"),
            )
            .iter()
            .any(|settings| {
                same(settings.get("stage_name"), stage.get("stage_name"))
                    && known(settings.get("method_path")) == Some("*/*")
                    && limits(settings.get("settings.throttling_rate_limit"))
                    && limits(settings.get("settings.throttling_burst_limit"))
            });
        if !limited {
            report.resource(stage, "no method settings for */* limit rate and burst");
        }
    }
}

fn limits(value: Option<&Value>) -> bool {
    number(value).is_some_and(|n| n > 0.0)
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
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" {
  default_route_settings {
    throttling_rate_limit = 100
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_apigatewayv2_stage" "s" {
  default_route_settings {
    throttling_rate_limit = 100
    throttling_burst_limit = -1
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_api_gateway_stage" "s" { stage_name = "live" }
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
    throttling_rate_limit = 100
    throttling_burst_limit = 200
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_api_gateway_stage" "s" {
  stage_name = "live"
  rest_api_id = aws_api_gateway_rest_api.r.id
}
resource "aws_api_gateway_method_settings" "s" {
  stage_name = aws_api_gateway_stage.s.stage_name
  rest_api_id = aws_api_gateway_rest_api.r.id
  method_path = "*/*"
  settings {
    throttling_rate_limit = 100
    throttling_burst_limit = 200
  }
}
resource "aws_api_gateway_rest_api" "r" {}
"#,
        );
    }
}
