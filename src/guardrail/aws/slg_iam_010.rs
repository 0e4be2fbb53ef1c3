//! A role has a policy that does not stand in the stack.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-010",
    name: "policy-from-elsewhere",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A role has a policy that does not stand in the stack",
    why: "What it grants cannot be read here, and its owner, AWS itself for managed policies, \
          extends it without asking. A policy of the stack that is attached counts as read.",
    fix: "Write the actions into the role's own policy.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, AWS managed policies: get started with least privilege",
    ],
};

const ATTACHMENTS: [(&str, &str); 5] = [
    ("aws_iam_role", "managed_policy_arns"),
    ("aws_iam_role_policy_attachment", "policy_arn"),
    ("aws_iam_role_policy_attachments_exclusive", "policy_arns"),
    ("aws_iam_policy_attachment", "policy_arn"),
    ("aws_iam_group_policy_attachment", "policy_arn"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, attribute) in ATTACHMENTS {
        for resource in input.of_type(kind) {
            for arn in items(resource.get(attribute)) {
                if input.target("aws_iam_policy", Some(arn)).is_none() {
                    let message = format!("an attached policy {}", state(Some(arn)));
                    report.attribute(resource, attribute, message);
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
resource "aws_iam_role_policy_attachment" "a" {
  policy_arn = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_iam_role" "r" {
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_iam_role_policy_attachment" "a" { policy_arn = var.arn }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_iam_policy" "p" { name = "orders" }
resource "aws_iam_role_policy_attachment" "a" { policy_arn = aws_iam_policy.p.arn }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_iam_role" "r" { managed_policy_arns = [] }
"#,
        );
    }
}
