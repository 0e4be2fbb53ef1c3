//! A function that is invoked asynchronously has no failure destination.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-003",
    name: "async-without-failure-destination",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A function that is invoked asynchronously has no failure destination",
    why: "Lambda retries twice and then drops the event without a word. It looks at functions that \
          a schedule, topic, bucket or event rule invokes.",
    fix: "Set dead_letter_config, or destination_config.on_failure of the event invoke \
          configuration.",
    references: &[
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Lambda Developer Guide, Capturing records of Lambda asynchronous invocations",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    const SOURCES: [(&str, &str); 4] = [
        ("aws_scheduler_schedule", "target.arn"),
        ("aws_sns_topic_subscription", "endpoint"),
        ("aws_cloudwatch_event_target", "arn"),
        (
            "aws_s3_bucket_notification",
            "lambda_function.lambda_function_arn",
        ),
    ];
    for function in input.of_type("aws_lambda_function") {
        let invoked = SOURCES
            .iter()
            .any(|(kind, attribute)| !input.pointing(kind, attribute, function).is_empty());
        let configs = input.pointing(
            "aws_lambda_function_event_invoke_config",
            "function_name",
            function,
        );
        let destination = "destination_config.on_failure.destination";
        let caught = function.get("dead_letter_config.target_arn").is_some()
            || configs.iter().any(|c| c.get(destination).is_some());
        if invoked && !caught {
            report.attribute(
                function,
                "dead_letter_config.target_arn",
                "events that the function fails on are dropped",
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
resource "aws_lambda_function" "f" {
  function_name = "orders-f"

}
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = aws_lambda_alias.f.arn
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "orders-f"

}
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = aws_lambda_function.f.arn
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "orders-f"

}
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = "arn:aws:lambda:eu-west-1:111111111111:function:orders-f:live"
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
resource "aws_lambda_function" "f" {
  function_name = "orders-f"

}
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = aws_sqs_queue.q.arn
  }
}
resource "aws_sqs_queue" "q" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "orders-f"
  dead_letter_config {
    target_arn = aws_sqs_queue.dlq.arn
  }
}
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = aws_lambda_alias.f.arn
  }
}
resource "aws_sqs_queue" "dlq" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "orders-f"

}
resource "aws_lambda_alias" "f" { function_name = aws_lambda_function.f.function_name }
resource "aws_scheduler_schedule" "s" {
  target {
    arn = aws_lambda_alias.f.arn
  }
}
resource "aws_lambda_function_event_invoke_config" "f" {
  function_name = aws_lambda_function.f.function_name
  destination_config {
    on_failure {
      destination = aws_sqs_queue.dlq.arn
    }
  }
}
resource "aws_sqs_queue" "dlq" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { function_name = "orders-f" }
"#,
        );
    }
}
