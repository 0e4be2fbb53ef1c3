//! The provider block holds credentials or turns checks off.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-007",
    name: "provider-with-credentials",
    severity: Severity::High,
    risk: Risk::Authentication,
    title: "The provider block holds credentials or turns checks off",
    why: "Keys in code end in every clone and in the state; without its checks the provider talks \
          to whoever answers.",
    fix: "Take credentials from the environment of the run, and leave the checks on.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "Terraform documentation, AWS Provider: authentication and configuration",
    ],
};

const SECRETS: [&str; 3] = ["access_key", "secret_key", "token"];

const SWITCHES: [&str; 4] = [
    "insecure",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_requesting_account_id",
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (name, blocks) in &input.graph.providers {
        let address = format!("provider.{name}");
        for block in blocks {
            for secret in SECRETS {
                if block.get(secret).is_some_and(|v| !v.is_null()) {
                    report.setting(&address, secret, format!("{secret} is set"));
                }
            }
            for switch in SWITCHES {
                let value = block.get(switch);
                if value.is_some_and(|v| v.as_bool() != Some(false)) {
                    report.setting(&address, switch, format!("{switch} {}", state(value)));
                }
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
provider "aws" { access_key = "AKIAIOSFODNN7EXAMPLE" }
"#,
        );
        fires(
            META.id,
            r#"
provider "aws" { insecure = true }
"#,
        );
        fires(
            META.id,
            r#"
provider "aws" { skip_requesting_account_id = var.skip }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
provider "aws" { region = "eu-west-1" }
"#,
        );
        silent(
            META.id,
            r#"
provider "aws" { insecure = false }
"#,
        );
    }
}
