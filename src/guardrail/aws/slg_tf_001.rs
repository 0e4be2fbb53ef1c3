//! Terraform or a provider is not pinned.

use std::collections::BTreeSet;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-001",
    name: "unpinned-versions",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "Terraform or a provider is not pinned",
    why: "A provider runs with the deployer's credentials; an unpinned one is whatever was \
          published last. The provider version has to be exact; required_version may be a range.",
    fix: "State required_version and an exact version for every provider.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "Terraform documentation, Provider Requirements",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let graph = input.graph;
    if graph
        .required_version
        .as_deref()
        .is_none_or(|v| v.trim().is_empty())
    {
        report.setting(
            "terraform",
            "required_version",
            "required_version is not set",
        );
    }
    for (name, provider) in &graph.required_providers {
        if !exact(&provider.version) {
            report.setting(
                &format!("provider.{name}"),
                "version",
                format!("version {:?} is not exact", provider.version),
            );
        }
    }
    let mut used: BTreeSet<&str> = graph.providers.keys().map(String::as_str).collect();
    used.extend(
        graph
            .resources
            .keys()
            .filter_map(|a| a.kind.split('_').next()),
    );
    for name in used {
        // `terraform_data` is built in.
        if name != "terraform" && !graph.required_providers.contains_key(name) {
            report.setting(
                &format!("provider.{name}"),
                "version",
                "the provider is not among required_providers",
            );
        }
    }
}

/// `5.100.0` or `= 5.100.0`.
fn exact(version: &str) -> bool {
    let version = version.trim();
    let version = version.strip_prefix('=').unwrap_or(version).trim_start();
    let parts: Vec<&str> = version.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
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

  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.100.0" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = "" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  required_version = ">= 1.11.0"
}
resource "aws_sqs_queue" "q" {}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
terraform {
  required_version = ">= 1.11.0, < 2.0.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
"#,
        );
        silent(
            META.id,
            r#"
terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = "= 5.100.0" }
  }
}
"#,
        );
    }
}
