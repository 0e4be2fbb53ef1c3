//! The rules page.

use std::fmt::Write as _;

use super::{ExceptionKind, rules};

const INTRODUCTION: &str = "\
# Rules

<!-- Generated from the rules' metadata. To change it, change the rule and run
     `UPDATE=1 cargo test --test suite guardrail::`. -->

Every rule but SLG-PKG-013 and those called SLG-IMG, SLG-WFL, SLG-SRC, SLG-DEP and SLG-REV judges the graph read back from
the rendered Terraform and the user's own beside it, once per environment; equal findings of several environments are one.
SLG-IAM-018 and SLG-OWN are on the user's own alone ([how](own-terraform.md)). SLG-PKG-013 and SLG-IMG judge
Dockerfiles ([which](images.md#a-dockerfile-of-your-own)), SLG-WFL the repository's workflows ([which](ci.md#your-own-workflows)),
SLG-SRC the handlers' sources ([how](source-rules.md)), SLG-DEP their lockfiles ([how](dependency-rules.md)), SLG-REV the review
that the manifest states, by the UTC day. Findings of severity medium and above stop the run with
exit status 3 and nothing is written; low ones warn. An attribute that decides about security and
cannot be determined counts as a finding, unless it plainly refers to a resource of the stack itself
(`aws_kms_key.stack.arn`).

A rule is departed from by an entry under `exceptions` in the manifest, with scope, reason, owner and
last day. A finding about an IAM action is covered only by an exception that names this action
(`action: kms:*`; combined actions are joined by `+`); with `resource`, the ARN that the finding gives
a Terraform address, a source file, a workflow, or a package, it covers that one only. That the permissions read back equal the ledger
is no rule and cannot be excepted, and a review is held, not excepted.

";

/// The rules page as Markdown, from the rules' metadata.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("| rule | severity | risk | finds |\n|---|---|---|---|\n");
    for rule in rules() {
        let m = rule.meta;
        let anchor = m.id.to_lowercase();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| [{}](#{anchor}) | {} | {} | {} |",
            m.id, m.severity, m.risk, m.title
        );
    }
    for rule in rules() {
        let m = rule.meta;
        let _ = write!(
            page,
            "\n## {}\n\n**{}** (`{}`), severity {}, risk: {}.\n\n{}\n\nFix: {}\n",
            m.id, m.title, m.name, m.severity, m.risk, m.why, m.fix
        );
        if !m.references.is_empty() {
            let _ = writeln!(page, "\nReferences: {}.", m.references.join("; "));
        }
    }
    page.push_str("\n## Findings about exceptions\n\n| code | severity | when |\n|---|---|---|\n");
    for (kind, when) in [
        (
            ExceptionKind::Expired,
            "Its last day is over. It covers nothing any more.",
        ),
        (ExceptionKind::UnknownRule, "No rule has this id."),
        (
            ExceptionKind::EmptyScope,
            "Nothing generated belongs to its scope.",
        ),
        (
            ExceptionKind::Stale,
            "The rule finds nothing there that it would cover.",
        ),
    ] {
        let _ = writeln!(page, "| {} | {} | {when} |", kind.code(), kind.severity());
    }
    page
}
