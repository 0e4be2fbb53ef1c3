//! A function's runtime gets no security patches.

use crate::catalog::aws::runtimes;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-009",
    name: "unsupported-runtime",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "A function's runtime gets no security patches",
    why: "It was unsupported already when the embedded list of runtimes was made; a runtime that \
          is not in the list counts. Images bring their own and are not judged.",
    fix: "Use a supported runtime.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Security Hub Lambda.2",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        if known(function.get("package_type")) == Some("Image") {
            continue;
        }
        let supported = known(function.get("runtime"))
            .and_then(runtimes::runtime)
            // Dates of the form YYYY-MM-DD compare as text.
            .is_some_and(|r| {
                r.deprecation
                    .as_deref()
                    .is_none_or(|day| day > runtimes::as_of())
            });
        if !supported {
            weak(report, function, "runtime");
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
resource "aws_lambda_function" "f" { runtime = "python3.7" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { runtime = var.r }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { runtime = "python3.13" }
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" { package_type = "Image" }
"#,
        );
    }
}
