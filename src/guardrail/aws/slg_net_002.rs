//! A security group lets traffic in, or out to everywhere.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-002",
    name: "open-security-group",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A security group lets traffic in, or out to everywhere",
    why: "Nothing connects to a function, so its group needs no ingress; egress to everywhere is \
          the way data leaves. Other groups of the stack may take ingress from a named source, \
          never from everywhere. A rule whose source or destination cannot be determined counts as \
          open.",
    fix: "List what is reached under network.egress.",
    references: &[
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "AWS Security Hub EC2.18",
        "CIS AWS Foundations 3.0.0 5.2",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for group in input.of_type("aws_security_group") {
        for ingress in items(group.get("ingress")) {
            if of_function(group, input) || open(ingress) {
                report.attribute(group, "ingress", "the group lets traffic in");
            }
        }
        for egress in items(group.get("egress")) {
            if open(egress) {
                report.attribute(group, "egress", "the group lets traffic out to everywhere");
            }
        }
    }
    let rules = [
        ("aws_vpc_security_group_ingress_rule", Some("ingress")),
        ("aws_vpc_security_group_egress_rule", Some("egress")),
        ("aws_security_group_rule", None),
    ];
    for (kind, direction) in rules {
        for rule in input.of_type(kind) {
            let ends = Value {
                kind: Kind::Map(rule.attributes.clone()),
                sensitive: false,
            };
            match direction.or(known(rule.get("type"))) {
                Some("egress") if !open(&ends) => {}
                Some("egress") => report.resource(rule, "the rule lets traffic out to everywhere"),
                _ => {
                    let group = input.target("aws_security_group", rule.get("security_group_id"));
                    let function = group.is_some_and(|group| of_function(group, input));
                    if function || open(&ends) {
                        report.resource(rule, "the rule lets traffic in");
                    }
                }
            }
        }
    }
}

fn of_function(group: &Resource, input: &Context<'_>) -> bool {
    let ids = "vpc_config.security_group_ids";
    !input.pointing("aws_lambda_function", ids, group).is_empty()
}

/// Whether a rule's other end is everywhere or cannot be determined.
fn open(ends: &Value) -> bool {
    let cidrs = ["cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"];
    let mut named = cidrs.iter().flat_map(|key| items(ends.get(key)));
    let wide = named.any(|cidr| match known(Some(cidr)) {
        // A range of 128 addresses or more of the first half of the net is no less open.
        Some(cidr) => cidr
            .rsplit_once('/')
            .and_then(|(_, bits)| bits.parse::<u8>().ok())
            .is_none_or(|bits| bits < 8),
        None => true,
    });
    let others = [
        "cidr_ipv4",
        "cidr_ipv6",
        "cidr_blocks",
        "ipv6_cidr_blocks",
        "prefix_list_id",
        "prefix_list_ids",
        "referenced_security_group_id",
        "security_groups",
        "source_security_group_id",
        "self",
    ];
    wide || others.iter().all(|key| items(ends.get(key)).is_empty())
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
resource "aws_security_group" "f" {
  egress {
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { cidr_ipv4 = "0.0.0.0/0" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { cidr_ipv6 = "::/0" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { cidr_ipv4 = "0.0.0.0/1" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { cidr_ipv4 = var.anywhere }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" {  }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_security_group" "f" {}
resource "aws_security_group" "endpoint" {}
resource "aws_lambda_function" "f" {
  vpc_config {
    security_group_ids = [aws_security_group.f.id]
  }
}
resource "aws_vpc_security_group_ingress_rule" "i" {
  security_group_id = aws_security_group.f.id
  cidr_ipv4 = "10.0.0.0/16"
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_security_group" "f" {}
resource "aws_security_group" "endpoint" {}
resource "aws_lambda_function" "f" {
  vpc_config {
    security_group_ids = [aws_security_group.f.id]
  }
}
resource "aws_vpc_security_group_ingress_rule" "i" {
  security_group_id = aws_security_group.endpoint.id
  cidr_ipv4 = "0.0.0.0/0"
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_security_group" "f" {
  egress {
    cidr_blocks = ["10.20.0.0/16"]
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { cidr_ipv4 = "10.20.0.0/16" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { prefix_list_id = var.s3 }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "f" { referenced_security_group_id = var.endpoints }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_security_group" "f" {}
resource "aws_security_group" "endpoint" {}
resource "aws_lambda_function" "f" {
  vpc_config {
    security_group_ids = [aws_security_group.f.id]
  }
}
resource "aws_vpc_security_group_ingress_rule" "i" {
  security_group_id = aws_security_group.endpoint.id
  referenced_security_group_id = aws_security_group.f.id
}
"#,
        );
    }
}
