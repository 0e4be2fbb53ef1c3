//! A function has no reserved concurrency.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-004",
    name: "no-reserved-concurrency",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A function has no reserved concurrency",
    why: "One flooded function then takes the concurrency of every other in the account, and the \
          bill has no ceiling.",
    fix: "Set concurrency.",
    references: &[
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "AWS Lambda Developer Guide, Configuring reserved concurrency for a function",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let reserved = function.get("reserved_concurrent_executions");
        if number(reserved).is_none_or(|n| n < 0.0) {
            report.attribute(
                function,
                "reserved_concurrent_executions",
                format!("reserved_concurrent_executions {}", state(reserved)),
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
resource "aws_lambda_function" "f" {  }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { reserved_concurrent_executions = -1 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { reserved_concurrent_executions = var.c }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { reserved_concurrent_executions = 10 }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { reserved_concurrent_executions = 0 }
"#,
        );
    }
}
