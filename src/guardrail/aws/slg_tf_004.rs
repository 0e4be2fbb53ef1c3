//! The stack can be applied to any account.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-004",
    name: "account-not-fixed",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "The stack can be applied to any account",
    why: "With the wrong credentials at hand the development stack lands in production, and whose \
          account a principal is cannot be told from the code.",
    fix: "Set allowed_account_ids of the provider.",
    references: &["Terraform documentation, AWS Provider: allowed_account_ids"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for provider in input.graph.providers.get("aws").into_iter().flatten() {
        let ids = items(provider.get("allowed_account_ids"));
        let account = |id: &Value| {
            known(Some(id))
                .is_some_and(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()))
        };
        if ids.is_empty() || !ids.iter().all(account) {
            let message = "allowed_account_ids does not name the account";
            report.setting("provider.aws", "allowed_account_ids", message);
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
provider "aws" {}
"#,
        );
        fires(
            META.id,
            r#"
provider "aws" { allowed_account_ids = [] }
"#,
        );
        fires(
            META.id,
            r#"
provider "aws" { allowed_account_ids = [var.account] }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
provider "aws" { allowed_account_ids = ["111111111111"] }
"#,
        );
    }
}
