//! Rules on the workflows of the repository that a service is in, one file each, named after its id.
//!
//! A repository may hold many services. A workflow is judged with those that it concerns: whose folder it names,
//! or that it runs on changes of. What concerns none is judged with none.

mod concerns;
mod expression;
mod model;
mod slg_wfl_001;
mod slg_wfl_002;
mod slg_wfl_003;
mod slg_wfl_004;
mod slg_wfl_005;

use camino::Utf8PathBuf;

pub use concerns::concerns;
pub use model::{Job, Range, Step, Text, Workflow};

use super::{Check, Finding, Metadata, Rule};
use crate::diagnostic::Span;

/// A rule of this folder, by its module.
macro_rules! rules {
    ($($rule:ident)*) => {
        /// Every rule, by id.
        pub static RULES: &[Rule] = &[$(Rule {
            meta: &$rule::META,
            check: Check::Workflow($rule::check),
        }),*];
    };
}

rules! {
    slg_wfl_001
    slg_wfl_002
    slg_wfl_003
    slg_wfl_004
    slg_wfl_005
}

/// Where a workflow stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// From the root of the repository, `.github/workflows/ci.yml`.
    pub file: &'a str,
    /// As the user names it.
    pub shown: &'a Utf8PathBuf,
}

/// Where a rule writes its findings.
pub struct Report<'a> {
    meta: &'static Metadata,
    place: Place<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// A finding at a place in the text.
    pub fn at(&mut self, range: Range, message: impl Into<String>) {
        self.findings.push(Finding {
            resource: Some(self.place.file.to_owned()),
            span: Some(Span {
                file: self.place.shown.clone(),
                start: range.0,
                end: range.1,
            }),
            ..Finding::new(self.meta, "service".to_owned(), message.into())
        });
    }
}

/// The findings of a workflow, exceptions not applied.
pub fn check(workflow: Workflow<'_>, place: Place<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        if let Check::Workflow(check) = rule.check {
            let mut report = Report {
                meta: rule.meta,
                place,
                findings: &mut findings,
            };
            check(workflow, &mut report);
        }
    }
    findings
}

#[cfg(test)]
mod testing {
    use super::{Place, Workflow, check};
    use crate::manifest::SourceMap;

    /// What a rule finds: the text that each finding points at.
    pub(super) fn found(rule: &str, text: &str) -> Vec<String> {
        let map = SourceMap::build(text).unwrap();
        let shown = ".github/workflows/ci.yml".into();
        let place = Place {
            file: ".github/workflows/ci.yml",
            shown: &shown,
        };
        let findings = check(Workflow::of(&map).unwrap(), place).into_iter();
        let findings = findings.filter(|finding| finding.rule == rule);
        let spans = findings.filter_map(|finding| finding.span);
        spans
            .map(|span| text[span.start..span.end].trim_end().to_owned())
            .collect()
    }

    /// A workflow with one job of one step.
    pub(super) fn step(step: &str) -> String {
        format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {step}\n")
    }
}
