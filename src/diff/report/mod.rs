//! How findings are written: for people at a terminal, for a pull request, for programs.
//!
//! Every text that came from a manifest, from code or from an account is escaped for the place it
//! lands in; what may not be shown was dropped when the finding was made.

mod diagnostics;
pub mod escape;
mod json;
mod markdown;
mod text;
mod wrap;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use diagnostics::{MOST_ANNOTATIONS, diagnostics, rules as rule_descriptions};
pub use json::json;
pub use markdown::{MOST_BYTES, markdown};
pub use text::text;
pub use wrap::WIDTH;

use super::{Direction, Finding, Source, Summary};
use crate::date::Date;
use crate::guardrail::{ExceptionKind, Severity};

/// Something that had to be checked and could not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotChecked {
    /// What: `function_url`.
    pub check: String,
    /// Why, in one sentence.
    pub reason: String,
    /// The AWS action that would be needed, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// Where an exception stands in one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExceptionState {
    /// Its last day is over: it covers nothing any more.
    Expired,
    /// Its last day is near.
    Expiring,
    /// Its rule is one of the comparison, and it covers nothing in this one.
    Stale,
    /// It holds.
    Active,
}

/// An exception that a reviewer should know of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ExceptionNote {
    /// Rule.
    pub rule: String,
    /// Scope in the manifest.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day.
    pub expires: Date,
    /// Whether it was not in the base.
    pub new: bool,
    /// Where it stands.
    pub state: ExceptionState,
    /// Days after today on which it still holds.
    pub days_left: i64,
    /// Where it is written.
    pub source: Option<Source>,
}

impl ExceptionNote {
    /// In a few words: `new, ends in 12 days`.
    pub fn says(&self) -> String {
        let state = match self.state {
            ExceptionState::Expired if self.days_left == -1 => "ended yesterday".to_owned(),
            ExceptionState::Expired => format!("ended {} days ago", self.days_left.unsigned_abs()),
            ExceptionState::Expiring => match self.days_left {
                0 => "ends today".to_owned(),
                1 => "ends tomorrow".to_owned(),
                days => format!("ends in {days} days"),
            },
            ExceptionState::Stale => "covers nothing here".to_owned(),
            ExceptionState::Active => String::new(),
        };
        match (self.new, state.is_empty()) {
            (true, true) => "new".to_owned(),
            (true, false) => format!("new, {state}"),
            (false, _) => state,
        }
    }
}

/// A file of the pipeline that changes. What it does is not judged: people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextChange {
    /// The file, as it is called from the project.
    pub path: String,
    /// A unified diff.
    pub lines: Vec<String>,
}

impl TextChange {
    /// In a sentence, without the text.
    pub fn says(&self) -> String {
        let count = |sign| {
            self.lines
                .iter()
                .filter(|line| line.starts_with(sign))
                .count()
        };
        format!(
            "{} changes (+{} −{} lines): what a pipeline does is not judged",
            self.path,
            count('+'),
            count('-')
        )
    }
}

/// All there is to say about one comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Name of the service, or of the folder that was compared.
    pub subject: String,
    /// What was there, for people: `origin/main@1a2b3c4`.
    pub base: String,
    /// What is there now.
    pub head: String,
    /// Where the two came from: `git`, `disk`, `generated`, `state`, `plan`, `live`, `snapshot`.
    pub sources: Vec<String>,
    /// The account, where one was asked.
    pub account: Option<String>,
    /// The manifest, where findings without a line are anchored.
    pub manifest: String,
    /// Folded and sorted.
    pub findings: Vec<Finding>,
    /// What could not be checked.
    pub not_checked: Vec<NotChecked>,
    /// Exceptions that are new, end soon, are over, or cover nothing.
    pub exceptions: Vec<ExceptionNote>,
    /// Files of the pipeline that change.
    pub texts: Vec<TextChange>,
    /// Further lines: what else to know about the comparison.
    pub notes: Vec<String>,
}

impl Report {
    /// How many of each.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.findings, self.not_checked.len())
    }

    /// Findings that stop a run whose gate stands at `level`.
    pub fn gating(&self, level: Severity) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |f| f.gate().is_some_and(|severity| severity >= level))
    }

    /// Whether the run fails: something opens, or an exception is over.
    pub fn fails(&self, level: Severity) -> bool {
        let over = |e: &ExceptionNote| e.state == ExceptionState::Expired;
        self.gating(level).next().is_some()
            || (ExceptionKind::Expired.severity() >= level && self.exceptions.iter().any(over))
    }
}

/// A fingerprint that stays when values and lines change: of rule, address and attribute.
pub fn fingerprint(finding: &Finding) -> String {
    let digest = Sha256::digest(format!(
        "{}\0{}\0{}",
        finding.rule, finding.address, finding.path
    ));
    hex::encode(&digest[..16])
}

/// Address and attribute.
fn subject(finding: &Finding) -> String {
    if finding.path.is_empty() {
        finding.address.clone()
    } else {
        format!("{}.{}", finding.address, finding.path)
    }
}

/// Where it stands, as `file:line`: in the manifest, else in the code.
fn place(finding: &Finding) -> Option<String> {
    finding
        .source
        .as_ref()
        .map(|s| format!("{}:{}", s.file, s.line))
        .or_else(|| {
            let location = finding.location.as_ref()?;
            Some(format!("{}:{}", location.file, location.line))
        })
}

/// `2 widening (1 critical), 1 narrowing`.
fn verdict(report: &Report) -> String {
    let summary = report.summary();
    let of = |severity: Severity| {
        let opens = |f: &&Finding| f.covered.is_none() && f.direction == Direction::Widening;
        let found = report.findings.iter().filter(opens);
        found.filter(|f| f.severity == severity).count()
    };
    let worst: Vec<String> = [Severity::Critical, Severity::High]
        .into_iter()
        .filter_map(|severity| Some((severity, of(severity))).filter(|(_, count)| *count > 0))
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let mut parts = Vec::new();
    for (count, word) in [
        (summary.widening, "widening"),
        (summary.undetermined, "undetermined"),
        (summary.narrowing, "narrowing"),
        (summary.neutral, "neutral"),
    ] {
        if count == 0 {
            continue;
        }
        let worst = if word == "widening" && !worst.is_empty() {
            format!(" ({})", worst.join(", "))
        } else {
            String::new()
        };
        parts.push(format!("{count} {word}{worst}"));
    }
    if !report.texts.is_empty() {
        parts.push("the pipeline changes".to_owned());
    }
    match (parts.is_empty(), summary.not_checked) {
        (false, _) => parts.join(", "),
        (true, 0) => "no change".to_owned(),
        (true, _) => "no change in what was checked".to_owned(),
    }
}
