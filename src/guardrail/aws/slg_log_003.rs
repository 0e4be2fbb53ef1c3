//! A function does not log as JSON to a log group of its own that is there before it.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-003",
    name: "function-without-log-group",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A function does not log as JSON to a log group of its own that is there before it",
    why: "When the group is missing Lambda makes one itself, unencrypted and kept for ever; in a \
          shared group one function's role reads and writes the lines of another. JSON makes lines \
          searchable and keeps line breaks in an input from forging entries.",
    fix: "Declare /aws/lambda/<function name>, refer to it in logging_config and set log_format to \
          JSON.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "OWASP Serverless A1:2017 Injection",
        "AWS Lambda Developer Guide, Configuring advanced logging controls",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let format = function.get("logging_config.log_format");
        if known(format) != Some("JSON") {
            report.attribute(
                function,
                "logging_config.log_format",
                format!("logging_config.log_format {}", state(format)),
            );
        }
        let wanted = format!(
            "/aws/lambda/{}",
            function.get("function_name").map(text).unwrap_or_default()
        );
        let named = function.get("logging_config.log_group");
        let unsaid = Value::string(wanted.as_str());
        let group = input.target("aws_cloudwatch_log_group", named.or(Some(&unsaid)));
        let Some(group) = group else {
            report.attribute(
                function,
                "logging_config.log_group",
                "the stack declares no log group for the function",
            );
            continue;
        };
        if group.get("name").map(text).as_deref() != Some(wanted.as_str()) {
            report.attribute(
                function,
                "logging_config.log_group",
                format!("the log group is not {wanted}"),
            );
        }
        let address = group.address.to_string();
        let base = format!("{}.{}", group.address.kind, group.address.name);
        if !function
            .references
            .iter()
            .any(|r| *r == address || *r == base)
        {
            report.attribute(
                function,
                "logging_config.log_group",
                format!("the function does not wait for {address}: Lambda may create it first"),
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
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/orders-f" }
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  logging_config {
    log_format = "Text"
    log_group = aws_cloudwatch_log_group.f.name
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/orders-f" }
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  logging_config {
    log_format = "JSON"
    log_group = "/aws/lambda/orders-f"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/shared" }
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  logging_config {
    log_format = "JSON"
    log_group = aws_cloudwatch_log_group.f.name
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/orders-f" }
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  logging_config {
    log_format = "JSON"
    log_group = "/aws/lambda/orders-g"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "orders-f" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/orders-f" }
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  logging_config {
    log_format = "JSON"
    log_group = aws_cloudwatch_log_group.f.name
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_log_group" "f" { name = "/aws/lambda/orders-f" }
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  logging_config {
    log_format = "JSON"
  }
  depends_on = [aws_cloudwatch_log_group.f]
}
"#,
        );
    }
}
