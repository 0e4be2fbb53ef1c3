//! An image repository keeps every image for ever.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-006",
    name: "images-kept-for-ever",
    severity: Severity::Low,
    risk: Risk::Dependencies,
    title: "An image repository keeps every image for ever",
    why: "Old images with known holes stay deployable, and their storage is paid for.",
    fix: "Add a lifecycle policy.",
    references: &["AWS Security Hub ECR.3"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for repository in input.of_type("aws_ecr_repository") {
        if input
            .pointing("aws_ecr_lifecycle_policy", "repository", repository)
            .is_empty()
        {
            report.resource(repository, "the repository has no lifecycle policy");
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
resource "aws_ecr_repository" "r" { name = "orders" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_ecr_repository" "r" { name = "orders" }
resource "aws_ecr_lifecycle_policy" "r" { repository = aws_ecr_repository.r.name }
"#,
        );
    }
}
