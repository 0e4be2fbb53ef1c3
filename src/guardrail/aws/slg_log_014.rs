//! A function logs more than is safe or less than is needed.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-LOG-014",
    name: "log-level",
    severity: Severity::Medium,
    risk: Risk::Logging,
    title: "A function logs more than is safe or less than is needed",
    why: "DEBUG and TRACE write events, and with them personal data and tokens, into the log; \
          FATAL leaves errors out, and a system level above WARN leaves out timeouts and crashes.",
    fix: "Set application_log_level and system_log_level to INFO.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "OWASP Serverless A10:2017 Insufficient Logging and Monitoring",
        "AWS Lambda Developer Guide, Configuring advanced logging controls",
    ],
};

const LEVELS: [(&str, &[&str]); 2] = [
    (
        "logging_config.application_log_level",
        &["INFO", "WARN", "ERROR"],
    ),
    ("logging_config.system_log_level", &["INFO", "WARN"]),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        for (path, allowed) in LEVELS {
            let level = function.get(path);
            // Unsaid it is INFO.
            if level.is_some() && !known(level).is_some_and(|l| allowed.contains(&l)) {
                weak(report, function, path);
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
resource "aws_lambda_function" "f" {
  logging_config {
    application_log_level = "DEBUG"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  logging_config {
    application_log_level = "FATAL"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  logging_config {
    system_log_level = var.level
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
  logging_config {
    application_log_level = "WARN"
    system_log_level      = "INFO"
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {}
"#,
        );
    }
}
