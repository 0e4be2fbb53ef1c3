//! A workflow with the repository's rights runs an outsider's code.

use super::expression::{contexts, expressions};
use super::{Report, Step, Workflow};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-WFL-002",
    name: "checkout-of-outsiders-code",
    severity: Severity::Critical,
    risk: Risk::Authentication,
    title: "A workflow with the repository's secrets checks out what an outsider proposes",
    why: "`pull_request_target`, `workflow_run` and `issue_comment` run with the repository's token and secrets, also \
          for pull requests of forks. What they check out is built, tested or only configured by the pull request's \
          own files, so that anyone with an account takes the token and the cloud role.",
    fix: "Run it on `pull_request`, which has neither secrets nor a token that writes for a fork; or check out the base \
          alone, and handle the proposal as data.",
    references: &[
        "OWASP CI/CD Security Top 10 CICD-SEC-4 Poisoned Pipeline Execution",
        "GitHub Security Lab, Preventing pwn requests",
    ],
};

/// Events that bring the repository's rights, and outsiders can cause.
const PRIVILEGED: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// What names the proposal.
const PROPOSED: [&str; 6] = [
    "github.head_ref",
    "github.event.pull_request.head.",
    "github.event.pull_request.merge_commit_sha",
    "github.event.workflow_run.head_",
    "github.event.workflow_run.pull_requests",
    "github.event.issue.number",
];

pub(super) fn check(workflow: Workflow<'_>, report: &mut Report<'_>) {
    let started = |event: &&&str| workflow.is_started_by(event);
    let Some(event) = PRIVILEGED.iter().find(started) else {
        return;
    };
    for script in workflow.steps().filter_map(Step::script) {
        if script.text.contains(COMMAND) {
            report.at(
                script.range,
                format!("on {event}, `{COMMAND}` is run with the repository's rights"),
            );
        }
    }
    let checkouts = workflow
        .steps()
        .filter(|step| step.action() == Some("actions/checkout"));
    for checkout in checkouts {
        let places = ["ref", "repository"].into_iter();
        let proposed = places
            .filter_map(|input| checkout.with(input))
            .find(|given| is_proposed(given.text));
        if let Some(proposed) = proposed {
            report.at(
                proposed.range,
                format!(
                    "on {event}, {} is checked out with the repository's rights",
                    proposed.text
                ),
            );
        }
    }
}

/// The command of GitHub's own tool that checks out what a pull request proposes.
const COMMAND: &str = "gh pr checkout";

fn is_proposed(text: &str) -> bool {
    let pulled = text.contains("refs/pull/");
    let named = expressions(text).any(|(_, expression)| {
        let contexts = contexts(expression);
        PROPOSED
            .iter()
            .filter(|known| pulled || !known.ends_with(".number"))
            .any(|known| contexts.iter().any(|context| context.starts_with(known)))
    });
    named || pulled
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;

    const ID: &str = "SLG-WFL-002";

    fn workflow(on: &str, with: &str) -> String {
        format!(
            "on: {on}\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with: {with}\n"
        )
    }

    #[test]
    fn fires_when_weak() {
        for (on, with) in [
            (
                "pull_request_target",
                "{ ref: \"${{ github.event.pull_request.head.sha }}\" }",
            ),
            (
                "[push, pull_request_target]",
                "{ ref: \"${{ github.head_ref }}\" }",
            ),
            (
                "{ pull_request_target: {} }",
                "{ repository: \"${{ github.event.pull_request.head.repo.full_name }}\" }",
            ),
            (
                "pull_request_target",
                "{ ref: \"refs/pull/${{ github.event.number }}/merge\" }",
            ),
            (
                "{ workflow_run: { workflows: [x] } }",
                "{ ref: \"${{ github.event.workflow_run.head_sha }}\" }",
            ),
            (
                "issue_comment",
                "{ ref: \"refs/pull/${{ github.event.issue.number }}/head\" }",
            ),
        ] {
            assert_eq!(found(ID, &workflow(on, with)).len(), 1, "{on} {with}");
        }
        let command = "jobs: { a: { steps: [{ run: gh pr checkout 7 }] } }\n";
        assert_eq!(found(ID, &format!("on: issue_comment\n{command}")).len(), 1);
        assert!(found(ID, &format!("on: pull_request\n{command}")).is_empty());
    }

    #[test]
    fn is_silent_on_near_misses() {
        for (on, with) in [
            (
                "pull_request",
                "{ ref: \"${{ github.event.pull_request.head.sha }}\" }",
            ),
            ("pull_request_target", "{ persist-credentials: false }"),
            (
                "pull_request_target",
                "{ ref: \"${{ github.event.pull_request.base.sha }}\" }",
            ),
            ("pull_request_target", "{ ref: \"${{ github.base_ref }}\" }"),
            ("workflow_run", "{ ref: main }"),
        ] {
            assert!(found(ID, &workflow(on, with)).is_empty(), "{on} {with}");
        }
    }
}
