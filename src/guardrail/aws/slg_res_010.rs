//! A message comes back while it is still being handled.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-010",
    name: "message-handled-twice",
    severity: Severity::Medium,
    risk: Risk::EventData,
    title: "A message comes back while it is still being handled",
    why: "When the visibility timeout ends before the function does, another one handles the same \
          message. AWS asks for six times the function's timeout, since a batch may be tried again \
          within it. It looks at queues of the stack that a function of the stack consumes.",
    fix: "Set visibility_timeout_seconds to six times the function's timeout.",
    references: &[
        "AWS Lambda Developer Guide, Creating and configuring an Amazon SQS event source mapping",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for mapping in input.of_type("aws_lambda_event_source_mapping") {
        let queue = input.target("aws_sqs_queue", mapping.get("event_source_arn"));
        let function = input.target("aws_lambda_function", mapping.get("function_name"));
        let Some((queue, function)) = queue.zip(function) else {
            continue;
        };
        // Unsaid a message is invisible for 30 seconds and a function has 3.
        let path = "visibility_timeout_seconds";
        let invisible = queue.get(path).map_or(Some(30.0), |v| number(Some(v)));
        let runs = function
            .get("timeout")
            .map_or(Some(3.0), |v| number(Some(v)));
        let enough = invisible
            .zip(runs)
            .is_some_and(|(invisible, runs)| invisible >= 6.0 * runs);
        if !enough {
            let message = format!(
                "{path} is less than six times the timeout of {}",
                function.address
            );
            report.attribute(queue, path, message);
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
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_lambda_function" "f" { timeout = 60 }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_sqs_queue.q.arn
  function_name    = aws_lambda_function.f.arn
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { visibility_timeout_seconds = 360 }
resource "aws_lambda_function" "f" { timeout = 60 }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_sqs_queue.q.arn
  function_name    = aws_lambda_function.f.arn
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { name = "q" }
"#,
        );
    }
}
