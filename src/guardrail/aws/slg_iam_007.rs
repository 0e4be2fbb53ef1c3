//! A role lacks the permissions boundary of its environment.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-007",
    name: "no-permissions-boundary",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A role lacks the permissions boundary of its environment",
    why: "The boundary is the platform team's promise of what no workload can do; one role without \
          it breaks the promise. It fires where the environment prescribes a boundary, or where \
          another role of the stack has one.",
    fix: "Set permissions_boundary to the environment's boundary.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, Permissions boundaries for IAM entities",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let boundary_of = |role: &Resource| role.get("permissions_boundary").map(text);
    let wanted = input
        .permissions_boundary
        .map(str::to_owned)
        .or_else(|| input.of_type("aws_iam_role").find_map(boundary_of));
    let Some(wanted) = wanted else {
        return;
    };
    for role in input.of_type("aws_iam_role") {
        if boundary_of(role).as_ref() != Some(&wanted) {
            report.attribute(
                role,
                "permissions_boundary",
                format!(
                    "permissions_boundary {}, not the environment's boundary",
                    state(role.get("permissions_boundary"))
                ),
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
resource "aws_iam_role" "a" { permissions_boundary = "arn:aws:iam::111111111111:policy/b" }
resource "aws_iam_role" "b" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_iam_role" "a" { permissions_boundary = "arn:aws:iam::111111111111:policy/b" }
resource "aws_iam_role" "b" { permissions_boundary = "arn:aws:iam::111111111111:policy/b" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_iam_role" "a" {}
"#,
        );
    }

    #[test]
    fn fires_and_near_misses() {
        let wanted = "arn:aws:iam::111111111111:policy/b";
        for (role, fires) in [
            (r#"resource "aws_iam_role" "a" {}"#, true),
            (
                r#"resource "aws_iam_role" "a" { permissions_boundary = "arn:aws:iam::111111111111:policy/other" }"#,
                true,
            ),
            (
                r#"resource "aws_iam_role" "a" { permissions_boundary = "arn:aws:iam::111111111111:policy/b" }"#,
                false,
            ),
        ] {
            let graph = graph(role);
            let permissions = std::collections::BTreeSet::new();
            let input = crate::guardrail::Input {
                graph: &graph,
                permissions: &permissions,
                environment: "prod",
                permissions_boundary: Some(wanted),
            };
            let found = crate::guardrail::check(&input);
            assert_eq!(found.iter().any(|f| f.rule == META.id), fires, "{role}");
        }
    }
}
