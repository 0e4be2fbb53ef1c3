//! A provider is not `HashiCorp`'s.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-003",
    name: "provider-from-elsewhere",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A provider is not HashiCorp's",
    why: "A provider runs with the deployer's credentials. Names that look alike are how someone \
          else's gets in.",
    fix: "Set source = hashicorp/aws.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "Terraform documentation, Provider Requirements",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (name, provider) in &input.graph.required_providers {
        let source = provider.source.as_str();
        let source = source
            .strip_prefix("registry.terraform.io/")
            .or_else(|| source.strip_prefix("registry.opentofu.org/"))
            .unwrap_or(source);
        let own = source
            .strip_prefix("hashicorp/")
            .is_some_and(|s| !s.contains('/'));
        if !own {
            let message = format!("source is {:?}", provider.source);
            report.setting(&format!("provider.{name}"), "source", message);
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
terraform {
  required_providers {
    aws = { source = "hashicrop/aws", version = "5.100.0" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  required_providers {
    aws = { source = "example.com/hashicorp/aws", version = "5.100.0" }
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
  required_providers {
    aws = { source = "registry.terraform.io/hashicorp/aws", version = "5.100.0" }
  }
}
"#,
        );
    }
}
