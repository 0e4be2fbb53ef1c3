//! A function in a VPC has one subnet only.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-NET-004",
    name: "function-in-one-subnet",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A function in a VPC has one subnet only",
    why: "With its availability zone the function is gone.",
    fix: "Name two subnets of the environment in different zones.",
    references: &["AWS Security Hub Lambda.5"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let path = "vpc_config.subnet_ids";
        if function.get("vpc_config").is_some() && items(function.get(path)).len() < 2 {
            report.attribute(function, path, "fewer than two subnets are named");
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
    subnet_ids         = ["subnet-1"]
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
    subnet_ids         = var.subnets
    security_group_ids = []
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
resource "aws_lambda_function" "f" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  vpc_config {
    subnet_ids         = ["subnet-1", "subnet-2"]
    security_group_ids = []
  }
}
"#,
        );
    }
}
