//! Rules on Dockerfiles as they were rendered, one file each, named after its id.

mod dockerfile;
mod slg_pkg_013;

use camino::Utf8PathBuf;
pub use dockerfile::{Dockerfile, Stage, digest};

use super::{Check, Finding, Metadata, Rule};
use crate::graph::Location;

/// An image function and its Dockerfile.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Path of the Dockerfile, as the files have it.
    pub file: &'a str,
    /// Its text; none where slgen writes none.
    pub text: Option<&'a str>,
    /// Runtime, to say for what none is written.
    pub runtime: &'a str,
}

/// Every rule, by id.
pub static RULES: &[Rule] = &[Rule {
    meta: &slg_pkg_013::META,
    check: Check::Image(slg_pkg_013::check),
}];

/// Where a rule writes its findings.
pub struct Report<'a> {
    meta: &'static Metadata,
    input: &'a Input<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// A finding on a line of the Dockerfile; without one, on the function.
    pub fn line(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.findings.push(Finding {
            rule: self.meta.id.into(),
            severity: self.meta.severity,
            address: format!("functions.{}", self.input.function),
            attribute: None,
            action: None,
            resource: None,
            message: message.into(),
            location: line.map(|line| Location {
                file: Utf8PathBuf::from(self.input.file),
                line,
            }),
            span: None,
            fix: None,
            environments: Vec::new(),
        });
    }
}

/// Findings on every image function, exceptions not applied.
pub fn check(inputs: &[Input<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for input in inputs {
        for rule in RULES {
            if let Check::Image(check) = rule.check {
                let mut report = Report {
                    meta: rule.meta,
                    input,
                    findings: &mut findings,
                };
                check(input, &mut report);
            }
        }
    }
    findings
}
