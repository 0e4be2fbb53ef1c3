//! An environment variable holds a secret.

use super::prelude::*;
use crate::catalog::secret::looks_secret;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-008",
    name: "secret-in-environment",
    severity: Severity::High,
    risk: Risk::Encryption,
    title: "An environment variable holds a secret",
    why: "Whoever may read the function's configuration reads it, and it stands in the code, in \
          every plan and in the state. What counts: a name that ends in a word for \
          a secret (PASSWORD, TOKEN, API_KEY, …) with a value that is no reference, a random value \
          under a name that holds such a word, a value that has the form of a known credential, \
          and a value that Terraform marks as sensitive.",
    fix: "Put the secret into Secrets Manager and name it under secrets.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "AWS Lambda Developer Guide, Working with Lambda environment variables",
        "AWS Well-Architected, Security Pillar, SEC02-BP03",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let path = "environment.variables";
        let Some(variables) = function.get(path) else {
            continue;
        };
        match &variables.kind {
            Kind::Map(map) => {
                for (name, value) in map {
                    if secret(name, value) {
                        let message = format!("the variable {name} holds a secret");
                        report.attribute(function, path, message);
                    }
                }
            }
            _ => weak(report, function, path),
        }
    }
}

fn secret(name: &str, value: &Value) -> bool {
    let text = text(value);
    let reference = text.starts_with("${") && text.ends_with(".arn}");
    value.has_sensitive() || (!reference && looks_secret(name, &text).is_some())
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
  environment {
    variables = { DB_PASSWORD = "correct horse" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  environment {
    variables = { DB = "postgres://app:horse@db.example.com/orders" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  environment {
    variables = { KEY = "AKIAIOSFODNN7EXAMPLE" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  environment {
    variables = var.env
  }
}
"#,
        );
        fires(
            META.id,
            r#"
variable "key" {
  type      = string
  sensitive = true
}
resource "aws_lambda_function" "f" {
  environment {
    variables = { K = var.key }
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
  environment {
    variables = {
      DB_SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db"
      DB            = "postgres://db.example.com/orders@2"
    }
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
