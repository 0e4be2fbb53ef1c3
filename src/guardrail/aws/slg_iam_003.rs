//! A function shares its role, or has one from elsewhere.

use std::collections::BTreeMap;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-003",
    name: "shared-role",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A function shares its role, or has one from elsewhere",
    why: "Of two functions with one role each has what the other needs, and the trail no longer tells \
          who did it. What a role from outside the stack may do cannot be read here.",
    fix: "Give each function a role of its own.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Lambda Developer Guide, Working with Lambda permissions",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let mut users: BTreeMap<String, Vec<&Resource>> = BTreeMap::new();
    for function in input.of_type("aws_lambda_function") {
        if let Some(role) = function.get("role") {
            users.entry(text(role)).or_default().push(function);
        }
    }
    for function in input.of_type("aws_lambda_function") {
        let Some(role) = function.get("role") else {
            report.attribute(function, "role", "role is not set");
            continue;
        };
        if input.target("aws_iam_role", Some(role)).is_none() {
            let message = format!("role {}, no role of the stack", state(Some(role)));
            report.attribute(function, "role", message);
            continue;
        }
        let sharing = users.get(&text(role)).map_or(&[][..], Vec::as_slice);
        let mut others = sharing.iter().filter(|o| o.address != function.address);
        if let Some(other) = others.next() {
            let more = match others.count() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            let message = format!("the role is shared with {}{more}", other.address);
            report.attribute(function, "role", message);
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
resource "aws_iam_role" "shared" {}
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
resource "aws_iam_role" "a" {}
resource "aws_iam_role" "b" {}
"#,
        );
    }
}
