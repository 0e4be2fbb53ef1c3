//! A function in a VPC has no security group of its own.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-006",
    name: "function-in-shared-group",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A function in a VPC has no security group of its own",
    why: "Without one it gets the default group of the VPC, which lets everything out and \
          everything of the group in; a group that is not of the stack is opened by others.",
    fix: "Give the function a security group of the stack.",
    references: &[
        "OWASP Serverless A6:2017 Security Misconfiguration",
        "AWS Lambda Developer Guide, Giving Lambda functions access to resources in an Amazon VPC",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        if function.get("vpc_config").is_none() {
            continue;
        }
        let path = "vpc_config.security_group_ids";
        let groups = items(function.get(path));
        let own = |id: &Value| input.target("aws_security_group", Some(id)).is_some();
        if groups.is_empty() || !groups.iter().all(own) {
            report.attribute(
                function,
                path,
                "a security group is not of the stack, or none is named",
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
resource "aws_lambda_function" "f" {
  vpc_config {
    subnet_ids         = []
    security_group_ids = []
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  vpc_config {
    subnet_ids         = []
    security_group_ids = ["sg-0a1b2c3d"]
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
resource "aws_security_group" "f" {}
resource "aws_lambda_function" "f" {
  vpc_config {
    subnet_ids         = []
    security_group_ids = [aws_security_group.f.id]
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
