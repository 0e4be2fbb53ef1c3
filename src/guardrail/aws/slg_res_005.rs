//! A table or bucket goes with the next plan that replaces it.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-005",
    name: "data-not-kept-from-destroy",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A table or bucket goes with the next plan that replaces it",
    why: "One renamed attribute makes Terraform delete and create anew, and the data is gone.",
    fix: "Set lifecycle.prevent_destroy = true.",
    references: &[
        "Terraform documentation, The lifecycle meta-argument",
        "AWS Well-Architected, Reliability Pillar, REL09-BP02",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for kind in ["aws_dynamodb_table", "aws_s3_bucket"] {
        for resource in input.of_type(kind) {
            if !resource.prevent_destroy {
                let message = "lifecycle.prevent_destroy is not true";
                report.attribute(resource, "lifecycle.prevent_destroy", message);
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
resource "aws_s3_bucket" "b" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_dynamodb_table" "t" {
  lifecycle {
    prevent_destroy = false
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
resource "aws_s3_bucket" "b" {
  lifecycle {
    prevent_destroy = true
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_sqs_queue" "q" {}
"#,
        );
    }
}
