//! A trigger invokes whatever code is newest.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-008",
    name: "trigger-invokes-latest",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "A trigger invokes whatever code is newest",
    why: "Without an alias or version an upload is live at once, and there is nothing to go back \
          to. It looks at triggers that name a function of the stack, and at its Lambda \
          permissions.",
    fix: "Name the function's alias.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Create an alias for a Lambda function",
    ],
};

const TRIGGERS: [(&str, &str); 7] = [
    ("aws_apigatewayv2_integration", "integration_uri"),
    ("aws_api_gateway_integration", "uri"),
    ("aws_cloudwatch_event_target", "arn"),
    ("aws_lambda_event_source_mapping", "function_name"),
    (
        "aws_s3_bucket_notification",
        "lambda_function.lambda_function_arn",
    ),
    ("aws_scheduler_schedule", "target.arn"),
    ("aws_sns_topic_subscription", "endpoint"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, path) in TRIGGERS {
        for trigger in input.of_type(kind) {
            for value in trigger.values(path) {
                let ours = input.target("aws_lambda_function", Some(value)).is_some();
                if ours && !qualified(value, input) {
                    report.attribute(trigger, path, format!("{path} names no alias"));
                }
            }
        }
    }
    for url in input.of_type("aws_lambda_function_url") {
        let function = url.get("function_name");
        let ours = input.target("aws_lambda_function", function).is_some();
        if ours && url.get("qualifier").is_none() && !function.is_some_and(|f| qualified(f, input))
        {
            weak(report, url, "qualifier");
        }
    }
    for permission in input.of_type("aws_lambda_permission") {
        let function = permission.get("function_name");
        let ours = input.target("aws_lambda_function", function).is_some();
        if ours
            && permission.get("qualifier").is_none()
            && !function.is_some_and(|f| qualified(f, input))
        {
            weak(report, permission, "qualifier");
        }
    }
}

fn qualified(value: &Value, input: &Context<'_>) -> bool {
    if let Kind::Symbol(symbol) = &value.kind {
        let alias = input
            .owner(symbol)
            .is_some_and(|r| r.address.kind == "aws_lambda_alias");
        return alias
            || symbol.ends_with(".qualified_arn")
            || symbol.ends_with(".qualified_invoke_arn");
    }
    let arn = text(value);
    let Some((_, name)) = arn.split_once(":function:") else {
        return false;
    };
    let qualifier = name
        .split_once(':')
        .map(|(_, q)| q.split('/').next().unwrap_or_default());
    qualifier.is_some_and(|q| !q.is_empty() && q != "$LATEST")
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
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_event_source_mapping" "m" { function_name = aws_lambda_function.f.arn }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:f:$LATEST"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_permission" "p" { function_name = aws_lambda_function.f.function_name }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_function_url" "u" { function_name = aws_lambda_function.f.function_name }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_lambda_event_source_mapping" "m" { function_name = aws_lambda_alias.f.arn }
resource "aws_lambda_permission" "p" {
  function_name = aws_lambda_function.f.function_name
  qualifier     = "live"
}
resource "aws_scheduler_schedule" "s" {
  target {
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:f:live"
  }
}
resource "aws_lambda_function_url" "u" {
  function_name = aws_lambda_function.f.function_name
  qualifier     = "live"
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sns_topic_subscription" "s" { endpoint = "oncall@example.com" }
"#,
        );
    }
}
