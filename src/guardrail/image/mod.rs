//! Rules on Dockerfiles, one file each, named after its id: on those that slgen renders, and on those of the
//! user in the source folders of functions that it renders none for.

mod dockerfile;
mod shell;
mod slg_img_001;
mod slg_img_002;
mod slg_img_003;
mod slg_pkg_013;

use camino::Utf8PathBuf;
pub use dockerfile::{Dockerfile, Instruction, Stage, digest};

use super::{Check, Finding, Metadata, Rule};
use crate::diagnostic::{Span, line_range};
use crate::graph::Location;

/// An image function and its Dockerfile.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Its source folder.
    pub source: &'a str,
    /// Path of the Dockerfile, as the files have it.
    pub file: &'a str,
    /// The same as the user names it, of a Dockerfile of their own.
    pub place: Option<&'a Utf8PathBuf>,
    /// Its text; none where there is none.
    pub text: Option<&'a str>,
    /// Runtime, to say for what none is written.
    pub runtime: &'a str,
}

/// Every rule, by id.
pub static RULES: &[Rule] = &[
    Rule {
        meta: &slg_img_001::META,
        check: Check::Image(|_, file, report| slg_img_001::check(file, report)),
    },
    Rule {
        meta: &slg_img_002::META,
        check: Check::Image(|_, file, report| slg_img_002::check(file, report)),
    },
    Rule {
        meta: &slg_img_003::META,
        check: Check::Image(|_, file, report| slg_img_003::check(file, report)),
    },
    Rule {
        meta: &slg_pkg_013::META,
        check: Check::Image(slg_pkg_013::check),
    },
];

/// Where a rule writes its findings.
pub struct Report<'a> {
    meta: &'static Metadata,
    input: &'a Input<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// A finding on a line of the Dockerfile; without one, on the function.
    pub fn line(&mut self, line: Option<usize>, message: impl Into<String>) {
        let input = self.input;
        let own = input.place.zip(line).map(|(place, line)| {
            let (start, end) = line_range(input.text.unwrap_or_default(), line);
            Span {
                file: place.clone(),
                start,
                end,
            }
        });
        self.findings.push(Finding {
            location: line.filter(|_| own.is_none()).map(|line| Location {
                file: Utf8PathBuf::from(input.file),
                line,
            }),
            span: own,
            ..Finding::new(
                self.meta,
                format!("functions.{}", input.function),
                message.into(),
            )
        });
    }
}

/// Findings on every image function, exceptions not applied.
pub fn check(inputs: &[Input<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for input in inputs {
        let file = Dockerfile::read(input.text.unwrap_or_default());
        for rule in RULES {
            if let Check::Image(check) = rule.check {
                let mut report = Report {
                    meta: rule.meta,
                    input,
                    findings: &mut findings,
                };
                check(input, &file, &mut report);
            }
        }
    }
    findings
}

#[cfg(test)]
mod testing {
    use super::Input;

    pub(super) fn input(text: &str) -> Input<'_> {
        Input {
            function: "f",
            source: "src/f",
            file: "images/f/Dockerfile",
            place: None,
            text: Some(text),
            runtime: "ruby3.4",
        }
    }

    /// Message and line of what a rule finds; a text without a stage gets one.
    pub(super) fn found(rule: &str, text: &str) -> Vec<(String, usize)> {
        let whole = if rule == "SLG-PKG-013" {
            text.to_owned()
        } else {
            format!("FROM a\n{text}")
        };
        let findings = super::check(&[input(&whole)]).into_iter();
        let findings = findings.filter(|finding| finding.rule == rule);
        let line = |location: Option<crate::graph::Location>| location.map_or(0, |l| l.line);
        findings.map(|f| (f.message, line(f.location))).collect()
    }
}
