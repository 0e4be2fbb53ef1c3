//! A function is shipped as a zip archive instead of an image.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-003",
    name: "zip-instead-of-image",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "A function is shipped as a zip archive instead of an image",
    why: "An image carries its base and libraries under one digest that registries scan and \
          re-scan; a zip is scanned by nobody once it is uploaded.",
    fix: "Set package: image, or except the function until it can be.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "Amazon Inspector User Guide, Scanning Amazon ECR container images",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let package = function.get("package_type");
        if known(package) != Some("Image") {
            report.attribute(
                function,
                "package_type",
                format!("package_type {}", state(package)),
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
resource "aws_lambda_function" "f" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { package_type = "Zip" }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { package_type = "Image" }
"#,
        );
    }
}
