//! A zip function runs unsigned code.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-002",
    name: "zip-without-code-signing",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A zip function runs unsigned code",
    why: "Whoever can write to the artifact bucket then chooses the code. The configuration has to \
          be one of the stack, with publishers of the own account, and has to enforce: Lambda's \
          default only warns. Images cannot be \
          signed this way and are judged by SLG-PKG-001.",
    fix: "Set sign: true.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Using code signing to verify code integrity with Lambda",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let own = accounts(input.graph);
    for function in input.of_type("aws_lambda_function") {
        if known(function.get("package_type")) == Some("Image") {
            continue;
        }
        let arn = function.get("code_signing_config_arn");
        let Some(signing) = input.target("aws_lambda_code_signing_config", arn) else {
            report.attribute(
                function,
                "code_signing_config_arn",
                format!(
                    "code_signing_config_arn {}, no configuration of the stack",
                    state(arn)
                ),
            );
            continue;
        };
        let publishers = "allowed_publishers.signing_profile_version_arns";
        let own_profile = |arn: &Value| match &arn.kind {
            Kind::Symbol(symbol) => input
                .owner(symbol)
                .is_some_and(|r| r.address.kind == "aws_signer_signing_profile"),
            Kind::String(arn) => own.is_own(arn.split(':').nth(4).unwrap_or_default()),
            _ => false,
        };
        for publisher in items(signing.get(publishers)) {
            if !own_profile(publisher) {
                let message = format!(
                    "a publisher {}, not of the own account",
                    state(Some(publisher))
                );
                report.attribute(signing, publishers, message);
            }
        }
        let untrusted = signing.get("policies.untrusted_artifact_on_deployment");
        if known(untrusted) != Some("Enforce") {
            report.attribute(
                signing,
                "policies.untrusted_artifact_on_deployment",
                format!("untrusted_artifact_on_deployment {}", state(untrusted)),
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
resource "aws_lambda_function" "f" { package_type = "Zip" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_code_signing_config" "zip" {
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
}
resource "aws_lambda_function" "f" { code_signing_config_arn = aws_lambda_code_signing_config.zip.arn }
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
        silent(
            META.id,
            r#"
resource "aws_lambda_code_signing_config" "zip" {
  policies {
    untrusted_artifact_on_deployment = "Enforce"
  }
}
resource "aws_lambda_function" "f" { code_signing_config_arn = aws_lambda_code_signing_config.zip.arn }
"#,
        );
    }
}
