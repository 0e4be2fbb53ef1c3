//! The Terraform state is not encrypted where it is kept.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-002",
    name: "unencrypted-state",
    severity: Severity::High,
    risk: Risk::Encryption,
    title: "The Terraform state is not encrypted where it is kept",
    why: "State holds every attribute of every resource, secrets included. An empty backend \
          block is left to the backend configuration file of the environment, which is read with \
          it where slgen writes it; without a backend block the state is a local file.",
    fix: "Set encrypt = true in the backend or its configuration file; name state in the manifest.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "Terraform documentation, Backend Type: s3",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let Some((kind, attributes)) = &input.graph.backend else {
        report.setting(
            "terraform",
            "backend",
            "no backend is named: the state is kept in a local file",
        );
        return;
    };
    match kind.as_str() {
        "s3" => {
            let encrypt = attributes.get("encrypt");
            // An empty block says that all of it stands in the configuration file.
            if !attributes.is_empty() && !is_true(encrypt) {
                report.setting(
                    "terraform",
                    "backend.encrypt",
                    format!("encrypt {}", state(encrypt)),
                );
            }
        }
        "local" => report.setting(
            "terraform",
            "backend",
            "the state is kept in a local file, which Terraform does not encrypt",
        ),
        _ => {}
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
terraform {
  backend "s3" {
    encrypt = false
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  backend "s3" {
    encrypt = var.e
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  backend "local" {

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
terraform {
  backend "s3" {
    encrypt = true
  }
}
"#,
        );
        silent(
            META.id,
            r#"
terraform {
  backend "s3" {

  }
}
"#,
        );
    }
}
