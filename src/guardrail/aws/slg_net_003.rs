//! A function may reach its destination on many ports.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-003",
    name: "egress-to-many-ports",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A function may reach its destination on many ports",
    why: "What is let out on every port of a network also reaches its databases, consoles and \
          metadata services. A rule names one protocol and fewer than 100 ports.",
    fix: "State the port under network.egress.",
    references: &[
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "AWS Well-Architected, Security Pillar, SEC05-BP02",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for rule in input.of_type("aws_vpc_security_group_egress_rule") {
        judge(rule, "ip_protocol", report);
    }
    for rule in input.of_type("aws_security_group_rule") {
        if known(rule.get("type")) == Some("egress") {
            judge(rule, "protocol", report);
        }
    }
}

fn judge(rule: &Resource, protocol: &str, report: &mut Report<'_>) {
    match known(rule.get(protocol)) {
        Some("tcp" | "udp" | "6" | "17") => {
            let (from, to) = (number(rule.get("from_port")), number(rule.get("to_port")));
            if from
                .zip(to)
                .is_none_or(|(from, to)| from < 0.0 || to - from >= 100.0)
            {
                weak(report, rule, "to_port");
            }
        }
        Some("icmp" | "icmpv6" | "1" | "58") => {}
        _ => weak(report, rule, protocol),
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
resource "aws_vpc_security_group_egress_rule" "e" { ip_protocol = "-1" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "e" {
  ip_protocol = "tcp"
  from_port   = 0
  to_port     = 65535
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_security_group_rule" "e" {
  type      = "egress"
  protocol  = "tcp"
  from_port = 443
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_vpc_security_group_egress_rule" "e" {
  ip_protocol = "tcp"
  from_port   = 443
  to_port     = 443
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_security_group_rule" "i" {
  type     = "ingress"
  protocol = "-1"
}
"#,
        );
    }
}
