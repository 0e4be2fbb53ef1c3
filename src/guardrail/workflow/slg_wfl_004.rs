//! A workflow's token may do more than it says.

use super::model::{Range, scalar};
use super::{Job, Report, Workflow};
use crate::guardrail::{Metadata, Risk, Severity};
use crate::manifest::Node;

pub(super) const META: Metadata = Metadata {
    id: "SLG-WFL-004",
    name: "workflow-token-unlimited",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A workflow does not say what its token may do, or lets it do everything",
    why: "Without `permissions` the token has what a setting of the repository or organisation says, which for many \
          is to write everything: one action gone bad then pushes code and releases.",
    fix: "Write `permissions: {}` at the top, and in each job what it needs: `permissions: { contents: read }`.",
    references: &[
        "OWASP CI/CD Security Top 10 CICD-SEC-5 Insufficient PBAC",
        "GitHub Actions, Secure use reference: limiting the permissions of the GITHUB_TOKEN",
        "CIS Software Supply Chain Security Guide 2.3.7",
    ],
};

pub(super) fn check(workflow: Workflow<'_>, report: &mut Report<'_>) {
    let of_jobs = workflow.jobs().filter_map(Job::permissions);
    let stated = workflow.permissions().into_iter().chain(of_jobs);
    for (_, all) in stated.filter(|(_, node)| is_all(node)) {
        report.at(all.range, "the token may write everything");
    }
    // What others call has at most what they give it.
    let called = workflow
        .events()
        .iter()
        .all(|(event, _)| *event == "workflow_call");
    if workflow.permissions().is_none() && !called {
        let silent = |job: &Job<'_>| job.permissions().is_none();
        let first: Option<(Range, &str)> = workflow
            .jobs()
            .find(silent)
            .map(|job| (job.name.range, job.name.text));
        if let Some((range, name)) = first {
            report.at(
                range,
                format!("neither the workflow nor the job {name} says what its token may do"),
            );
        }
    }
}

fn is_all(node: &Node) -> bool {
    scalar(node).is_some_and(|all| all.text == "write-all")
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;

    const ID: &str = "SLG-WFL-004";

    #[test]
    fn fires_when_weak() {
        for (weak, place) in [
            ("on: push\njobs: { a: {} }\n", "a"),
            (
                "on: push\njobs: { a: { permissions: {} }, b: {}, c: {} }\n",
                "b",
            ),
            (
                "on: push\npermissions: write-all\njobs: { a: {} }\n",
                "write-all",
            ),
            (
                "on: push\njobs: { a: { permissions: write-all } }\n",
                "write-all",
            ),
        ] {
            assert_eq!(found(ID, weak), [place], "{weak}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        for right in [
            "on: push\npermissions: {}\njobs: { a: {} }\n",
            "on: push\npermissions: read-all\njobs: { a: {} }\n",
            "on: push\njobs: { a: { permissions: { contents: write } } }\n",
            "on: push\njobs: {}\n",
            "on: { workflow_call: {} }\njobs: { a: {} }\n",
        ] {
            assert!(found(ID, right).is_empty(), "{right}");
        }
    }
}
