//! Images are not scanned when they are pushed.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-005",
    name: "images-not-scanned",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "Images are not scanned when they are pushed",
    why: "Known vulnerabilities in base image and libraries go unseen into production. A \
          registry-wide scanning configuration in the stack counts too.",
    fix: "Set scan_on_push = true.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Security Hub ECR.1",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let registry = "aws_ecr_registry_scanning_configuration";
    if input.of_type(registry).next().is_some() {
        return;
    }
    for repository in input.of_type("aws_ecr_repository") {
        let path = "image_scanning_configuration.scan_on_push";
        if !is_true(repository.get(path)) {
            weak(report, repository, path);
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
resource "aws_ecr_repository" "r" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_ecr_repository" "r" {
  image_scanning_configuration {
    scan_on_push = false
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
resource "aws_ecr_repository" "r" {
  image_scanning_configuration {
    scan_on_push = true
  }
}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_ecr_repository" "r" {}
resource "aws_ecr_registry_scanning_configuration" "r" { scan_type = "ENHANCED" }
"#,
        );
    }
}
