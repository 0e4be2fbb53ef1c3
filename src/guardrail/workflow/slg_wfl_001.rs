//! A workflow uses something that is named by a tag or a branch.

use super::{Job, Report, Step, Workflow};
use crate::guardrail::image::digest;
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-WFL-001",
    name: "unpinned-action",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A workflow runs an action that is named by a tag or branch, or an image without its digest",
    why: "Who can push to the action's repository, or has taken it over, moves the tag and runs code with the \
          workflow's token, secrets and cloud role; it has happened to actions that thousands of repositories \
          used. Actions in the same repository are of the same commit, and need no other.",
    fix: "Name it by its full commit, with the tag in a comment: `uses: OWNER/NAME@<40 hexadecimal digits> # v1.2.3` \
          (`slgen pin --action OWNER/NAME@v1.2.3` tells it); an image by its digest.",
    references: &[
        "OWASP CI/CD Security Top 10 CICD-SEC-3 Dependency Chain Abuse",
        "GitHub Actions, Secure use reference: pin actions to a full-length commit SHA",
        "CIS Software Supply Chain Security Guide 2.1.10, 3.1.7",
    ],
};

pub(super) fn check(workflow: Workflow<'_>, report: &mut Report<'_>) {
    for uses in workflow.steps().filter_map(Step::uses) {
        if let Some(image) = uses.text.strip_prefix("docker://") {
            if digest(image).is_none() {
                report.at(uses.range, format!("{image} has no digest"));
            }
        } else if !uses.text.starts_with("./") && !is_pinned(uses.text) {
            report.at(
                uses.range,
                format!("{} is not named by a full commit", uses.text),
            );
        }
    }
    for image in workflow.jobs().flat_map(Job::images) {
        // What an expression stands for is not known here.
        if digest(image.text).is_none() && !image.text.is_empty() && !image.text.contains("${{") {
            report.at(image.range, format!("{} has no digest", image.text));
        }
    }
}

fn is_pinned(uses: &str) -> bool {
    uses.rsplit_once('@').is_some_and(|(_, commit)| {
        commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, step};

    const ID: &str = "SLG-WFL-001";

    #[test]
    fn fires_when_weak() {
        for weak in [
            "actions/checkout@v4",
            "actions/checkout@main",
            "actions/checkout",
            "a/b/c@0a1b2c3",
            "docker://alpine:3",
            "${{ matrix.action }}",
        ] {
            assert_eq!(
                found(ID, &step(&format!("uses: \"{weak}\""))),
                [format!("\"{weak}\"")]
            );
        }
        let called = "on: push\njobs:\n  a: { uses: a/b/.github/workflows/c.yml@v1 }\n";
        assert_eq!(found(ID, called), ["a/b/.github/workflows/c.yml@v1"]);
        let images = "on: push\njobs:\n  a:\n    container: { image: \"node:24\" }\n    services: { db: { image: \"postgres:18\" } }\n  b: { container: \"alpine\" }\n";
        assert_eq!(
            found(ID, images),
            ["\"node:24\"", "\"postgres:18\"", "\"alpine\""]
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        let (commit, digest) = ("0a".repeat(20), "0a".repeat(32));
        for right in [
            format!("uses: actions/checkout@{commit} # v4"),
            "uses: ./.github/actions/own".to_owned(),
            format!("uses: docker://alpine:3@sha256:{digest}"),
            "run: echo actions/checkout@v4".to_owned(),
        ] {
            assert!(found(ID, &step(&right)).is_empty(), "{right}");
        }
        let images =
            format!("on: push\njobs:\n  a: {{ container: \"node:24@sha256:{digest}\" }}\n");
        assert!(found(ID, &images).is_empty());
    }
}
