//! An image repository lets tags be moved.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-004",
    name: "mutable-image-tags",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "An image repository lets tags be moved",
    why: "Whoever may push replaces what a tag names, and nobody sees it.",
    fix: "Set image_tag_mutability = IMMUTABLE.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Security Hub ECR.2",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for repository in input.of_type("aws_ecr_repository") {
        if known(repository.get("image_tag_mutability")) != Some("IMMUTABLE") {
            weak(report, repository, "image_tag_mutability");
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
resource "aws_ecr_repository" "r" { image_tag_mutability = "MUTABLE" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_ecr_repository" "r" { image_tag_mutability = "IMMUTABLE" }
"#,
        );
    }
}
