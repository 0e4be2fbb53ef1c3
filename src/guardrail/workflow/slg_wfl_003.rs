//! An outsider's text becomes part of a script.

use super::expression::untrusted;
use super::{Report, Step, Workflow};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-WFL-003",
    name: "event-text-in-script",
    severity: Severity::High,
    risk: Risk::Injection,
    title: "A workflow writes an outsider's text into a script",
    why: "GitHub replaces `${{ … }}` before the shell reads the script: a title, a comment or the name of a branch \
          that holds a command runs it, with the workflow's token and secrets. What is only compared, or judged by \
          a function such as contains(), is not found.",
    fix: "Hand it over in `env:` and write \"$NAME\" in the script, in quotes; in actions/github-script read \
          process.env.NAME.",
    references: &[
        "OWASP CI/CD Security Top 10 CICD-SEC-4 Poisoned Pipeline Execution",
        "GitHub Actions, Secure use reference: script injections",
        "CWE-94",
    ],
};

pub(super) fn check(workflow: Workflow<'_>, report: &mut Report<'_>) {
    for script in workflow.steps().filter_map(Step::script) {
        if let Some((at, context)) = untrusted(script.text) {
            report.at(
                script.range,
                format!(
                    "{context} is written into the script, in its line {}",
                    1 + script.text[..at].matches('\n').count()
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, step};

    const ID: &str = "SLG-WFL-003";

    #[test]
    fn fires_when_weak() {
        for weak in [
            "run: echo ${{ github.event.issue.title }}",
            "run: |\n          set -e\n          git checkout \"${{ github.head_ref }}\"",
            "{ uses: actions/github-script@v7, with: { script: \"f(`${{ github.event.comment.body }}`)\" } }",
        ] {
            assert_eq!(found(ID, &step(weak)).len(), 1, "{weak}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        for right in [
            "{ run: echo \"$TITLE\", env: { TITLE: \"${{ github.event.issue.title }}\" } }",
            "run: echo ${{ github.event.issue.number }}",
            "{ if: \"github.head_ref == 'x'\", run: x }",
            "{ uses: a/b@v1, with: { script: \"${{ github.event.comment.body }}\" } }",
        ] {
            assert!(found(ID, &step(right)).is_empty(), "{right}");
        }
    }
}
