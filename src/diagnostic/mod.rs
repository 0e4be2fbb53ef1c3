//! What slgen has to say about a file: code, severity, place, message, fix; and how it is written.

mod codes;
mod github;
mod gitlab;
mod json;
mod place;
mod sarif;
mod text;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

pub use codes::{Code, codes};
pub use github::render_github;
pub use gitlab::render_gitlab;
pub use json::render_json;
pub use place::{Place, line_range, position};
pub use sarif::{Rule, render_sarif};
pub use text::render_text;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Worth a look; does not stop anything.
    Warning,
    /// Additional information.
    Note,
}

/// A byte range in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// File as the user named it, relative to the working folder where possible.
    pub file: Utf8PathBuf,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A line of a file, for what is known no finer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// File, as in [`Span`].
    pub file: Utf8PathBuf,
    /// Line, from 1.
    pub line: usize,
}

/// One message with its place and its fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code: `SLG-MANIFEST-…` for input, a rule id for guardrails.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where, when it has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Where, when only the line is known: places in generated files.
    #[serde(skip)]
    pub line: Option<Line>,
    /// JSON pointer of what it is about, in the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Further lines: reasons, other places in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the code stands for, where it is one of an organisation.
    #[serde(skip)]
    pub title: Option<String>,
    /// What a report is told apart by, where it is not the text.
    #[serde(skip)]
    pub fingerprint: Option<String>,
    /// How code scanning ranks it, from 0 to 10.
    #[serde(skip)]
    pub score: Option<&'static str>,
}

impl Diagnostic {
    /// An error without place or help; add them with [`Self::at`] and [`Self::help`].
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity: Severity::Error,
            message: message.into(),
            span: None,
            line: None,
            pointer: None,
            help: None,
            notes: Vec::new(),
            title: None,
            fingerprint: None,
            score: None,
        }
    }

    /// A warning without place or help.
    pub fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Information without place or help.
    pub fn info(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(code, message)
        }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// Sets the JSON pointer of what it is about.
    #[must_use]
    pub fn about(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Whether it is an error about what a JSON pointer points at, or about a part of that.
    pub fn faults(&self, pointer: &str) -> bool {
        self.severity == Severity::Error
            && self
                .pointer
                .as_deref()
                .and_then(|own| own.strip_prefix(pointer))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Sets the place to a whole line, from 1, of a file.
    #[must_use]
    pub fn at_line(mut self, file: impl Into<Utf8PathBuf>, line: usize) -> Self {
        self.line = Some(Line {
            file: file.into(),
            line,
        });
        self
    }

    /// Sets the fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Texts of the files that places point into, as they may be shown.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub BTreeMap<Utf8PathBuf, String>);

/// Puts diagnostics into the order of their places, those without place last, and drops repetitions.
pub fn arrange(diagnostics: &mut Vec<Diagnostic>) {
    let place = |d: &Diagnostic| (d.span.is_none(), d.span.clone());
    diagnostics.sort_by(|a, b| {
        (place(a), a.severity, &a.code, &a.message).cmp(&(
            place(b),
            b.severity,
            &b.code,
            &b.message,
        ))
    });
    diagnostics.dedup();
}

#[cfg(test)]
mod testing {
    use super::*;

    /// One of each kind: a span, a line of a generated file, no place.
    pub(super) fn sample() -> Vec<Diagnostic> {
        vec![
            Diagnostic::error("SLG-X-001", "100% wrong")
                .at(Some(Span {
                    file: "a,b.yaml".into(),
                    start: 5,
                    end: 7,
                }))
                .note("because")
                .help("write y"),
            Diagnostic::warning("SLG-IAM-001", "too much").at_line("infra/x.tf", 3),
            Diagnostic::info("SLG-X-002", "by the way"),
        ]
    }

    pub(super) fn sources() -> Sources {
        Sources(BTreeMap::from([(
            Utf8PathBuf::from("a,b.yaml"),
            "k\nb: xy\n".to_owned(),
        )]))
    }
}
