//! An Allow grants everything but what it names.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-012",
    name: "allow-by-exclusion",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "An Allow grants everything but what it names",
    why: "NotAction, NotResource and NotPrincipal in an Allow take in all that nobody thought of, \
          and what AWS adds later. Looked at is every policy document of the stack; a document \
          that cannot be read counts.",
    fix: "List what is meant with Action, Resource and Principal.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, IAM JSON policy elements: NotAction",
    ],
};

const DOCUMENTS: [(&str, &str); 15] = [
    ("aws_dynamodb_resource_policy", "policy"),
    ("aws_ecr_repository_policy", "policy"),
    ("aws_iam_group_policy", "policy"),
    ("aws_iam_policy", "policy"),
    ("aws_iam_role", "assume_role_policy"),
    ("aws_iam_role_policy", "policy"),
    ("aws_iam_user_policy", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_secretsmanager_secret_policy", "policy"),
    ("aws_sns_topic", "policy"),
    ("aws_sns_topic_policy", "policy"),
    ("aws_sqs_queue", "policy"),
    ("aws_sqs_queue_policy", "policy"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, attribute) in DOCUMENTS {
        for resource in input.of_type(kind) {
            let Some(value) = resource.get(attribute).filter(|v| !text(v).is_empty()) else {
                continue;
            };
            let document = value.json();
            let Some(statements) = document.as_ref().and_then(|d| d.get("Statement")) else {
                let message = format!("{attribute} cannot be read as a policy document");
                report.attribute(resource, attribute, message);
                continue;
            };
            for statement in items(Some(statements)) {
                if known(statement.get("Effect")) == Some("Deny") {
                    continue;
                }
                for element in ["NotAction", "NotResource", "NotPrincipal"] {
                    if statement.get(element).is_some() {
                        let message = format!("an Allow with {element}");
                        report.attribute(resource, attribute, message);
                    }
                }
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
resource "aws_iam_role_policy" "p" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }] })
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sqs_queue_policy" "p" {
  policy = jsonencode({ Statement = { Effect = "Allow", Action = "sqs:*", NotPrincipal = { AWS = "1" } } })
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_iam_role_policy" "p" { policy = var.policy }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_iam_role_policy" "p" {
  policy = jsonencode({ Statement = [{ Effect = "Deny", NotAction = "iam:*", Resource = "*" }] })
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_iam_role_policy" "p" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }] })
}
"#,
        );
    }
}
