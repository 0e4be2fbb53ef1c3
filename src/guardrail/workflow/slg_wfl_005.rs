//! A workflow signs in to AWS with a stored key.

use super::{Report, Workflow};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-WFL-005",
    name: "stored-aws-key",
    severity: Severity::Medium,
    risk: Risk::Authentication,
    title: "A workflow signs in to AWS with a key that is stored",
    why: "The key of a user works from anywhere until somebody takes it back: whoever reads it once, in a log or \
          through an action, has the account. A role that trusts the repository through OIDC gives keys for one \
          job, to one branch or environment.",
    fix: "Take a role: `role-to-assume: …` with `permissions: { id-token: write }`; docs/ci.md says what its trust \
          policy demands. Then delete the key.",
    references: &[
        "OWASP CI/CD Security Top 10 CICD-SEC-6 Insufficient Credential Hygiene",
        "AWS Security Hub IAM.3",
        "AWS IAM User Guide, Security best practices: temporary credentials",
    ],
};

pub(super) fn check(workflow: Workflow<'_>, report: &mut Report<'_>) {
    for step in workflow.steps() {
        if step.action() != Some("aws-actions/configure-aws-credentials") {
            continue;
        }
        let key = step.with("aws-secret-access-key");
        // With a session token it is temporary; what an earlier step gave is of that step.
        let stored = key.filter(|key| key.text.contains("secrets."));
        if let (Some(key), None) = (stored, step.with("aws-session-token")) {
            report.at(key.range, "the key of a user is stored as a secret");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, step};

    const ID: &str = "SLG-WFL-005";

    fn with(with: &str) -> String {
        step(&format!(
            "{{ uses: aws-actions/configure-aws-credentials@v4, with: {{ {with} }} }}"
        ))
    }

    #[test]
    fn fires_when_weak() {
        let weak = with(
            "aws-access-key-id: \"${{ secrets.ID }}\", aws-secret-access-key: \"${{ secrets.KEY }}\"",
        );
        assert_eq!(found(ID, &weak), ["\"${{ secrets.KEY }}\""]);
    }

    #[test]
    fn is_silent_on_near_misses() {
        for right in [
            with("role-to-assume: \"arn:aws:iam::1:role/x\""),
            with("aws-secret-access-key: \"${{ steps.x.outputs.key }}\""),
            with(
                "aws-secret-access-key: \"${{ secrets.KEY }}\", aws-session-token: \"${{ secrets.T }}\"",
            ),
            step("{ uses: a/b@v1, with: { aws-secret-access-key: \"${{ secrets.KEY }}\" } }"),
        ] {
            assert!(found(ID, &right).is_empty(), "{right}");
        }
    }
}
