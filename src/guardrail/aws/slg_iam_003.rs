//! Two functions share a role.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-003",
    name: "shared-role",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "Two functions share a role",
    why: "Each of them then has what the other needs, and the trail no longer tells who did it.",
    fix: "Give each function a role of its own.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Lambda Developer Guide, Working with Lambda permissions",
    ],
};

pub(super) fn check(input: &Input<'_>, report: &mut Report<'_>) {
    for function in input.graph.of_type("aws_lambda_function") {
        let Some(role) = function.get("role") else {
            report.attribute(function, "role", "role is not set");
            continue;
        };
        let role = text(role);
        let sharing: Vec<String> = input
            .graph
            .of_type("aws_lambda_function")
            .filter(|other| {
                other.address != function.address
                    && other.get("role").is_some_and(|r| text(r) == role)
            })
            .map(|other| other.address.to_string())
            .collect();
        if !sharing.is_empty() {
            report.attribute(
                function,
                "role",
                format!("the role is shared with {}", sharing.join(", ")),
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
resource "aws_lambda_function" "a" { role = aws_iam_role.shared.arn }
resource "aws_lambda_function" "b" { role = aws_iam_role.shared.arn }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "a" { role = aws_iam_role.a.arn }
resource "aws_lambda_function" "b" { role = aws_iam_role.b.arn }
"#,
        );
    }
}
