//! A security group of the stack protects nothing.

use std::collections::BTreeSet;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-007",
    name: "security-group-without-use",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A security group of the stack protects nothing",
    why: "The function it was made for has left the VPC, and with it every limit on what it may \
          reach.",
    fix: "Name the group in the function's vpc_config, or take network out of the manifest with \
          it.",
    references: &[
        "OWASP Serverless A6:2017 Security Misconfiguration",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let used: BTreeSet<&str> = input
        .graph
        .resources
        .values()
        .filter(|r| !RULES.contains(&r.address.kind.as_str()))
        .flat_map(|r| r.references.iter().map(String::as_str))
        .collect();
    for group in input.of_type("aws_security_group") {
        let address = format!("{}.{}", group.address.kind, group.address.name);
        if !used.contains(address.as_str()) {
            report.resource(group, "nothing is in the group");
        }
    }
}

/// What only says what a group lets through.
const RULES: [&str; 4] = [
    "aws_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires(
            META.id,
            r#"
resource "aws_security_group" "f" {}
resource "aws_vpc_security_group_egress_rule" "f" { security_group_id = aws_security_group.f.id }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_security_group" "f" {}
resource "aws_lambda_function" "f" {
  vpc_config {
    subnet_ids         = []
    security_group_ids = [aws_security_group.f.id]
  }
}
"#,
        );
    }
}
