//! Two runs may write the Terraform state at the same time.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-005",
    name: "state-not-locked",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "Two runs may write the Terraform state at the same time",
    why: "The state then says what is not so, and the next plan destroys what it does not know. A \
          backend without the setting is left to its configuration file, as with SLG-TF-002.",
    fix: "Set use_lockfile = true in the backend or its configuration file.",
    references: &["Terraform documentation, Backend Type: s3"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let Some((kind, attributes)) = &input.graph.backend else {
        return;
    };
    // An empty block says that all of it stands in the configuration file.
    if kind == "s3"
        && !attributes.is_empty()
        && !is_true(attributes.get("use_lockfile"))
        && attributes.get("dynamodb_table").is_none()
    {
        let message = format!("use_lockfile {}", state(attributes.get("use_lockfile")));
        report.setting("terraform", "backend.use_lockfile", message);
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
    use_lockfile = false
  }
}
"#,
        );
        fires(
            META.id,
            r#"
terraform {
  backend "s3" {
    encrypt = true
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
    use_lockfile = true
  }
}
"#,
        );
        silent(
            META.id,
            r#"
terraform {
  backend "s3" {}
}
"#,
        );
    }
}
