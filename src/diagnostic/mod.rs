//! What slgen has to say about a file: code, severity, place, message, fix.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

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
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Further lines: reasons, other places in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error without place or help; add them with [`Self::at`] and [`Self::help`].
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity: Severity::Error,
            message: message.into(),
            span: None,
            help: None,
            notes: Vec::new(),
        }
    }

    /// A warning without place or help.
    pub fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
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

/// Texts of the files that spans point into.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub BTreeMap<Utf8PathBuf, String>);

/// Renders diagnostics as people read them, a summary line last.
pub fn render_text(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level
            .primary_title(&diagnostic.message)
            .id(&diagnostic.code);
        let mut group = Group::with_title(title);
        let source = diagnostic
            .span
            .as_ref()
            .and_then(|span| sources.0.get(&span.file).map(|text| (span, text)));
        if let Some((span, text)) = source {
            let range = span.start.min(text.len())..span.end.clamp(span.start, text.len());
            group = group.element(
                Snippet::source(text.as_str())
                    .path(span.file.as_str())
                    .annotation(AnnotationKind::Primary.span(range)),
            );
        }
        for note in &diagnostic.notes {
            group = group.element(Level::NOTE.message(note));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help));
        }
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    let errors = diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count();
    if errors > 0 {
        out.push_str(&format!(
            "{errors} {}\n",
            if errors == 1 { "error" } else { "errors" }
        ));
    }
    out
}

/// Renders diagnostics for programs (`slgen.diagnostics/1`): lines and columns from 1, columns in characters.
pub fn render_json(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let list: Vec<serde_json::Value> = diagnostics
        .iter()
        .map(|d| {
            let mut value = serde_json::to_value(d).unwrap_or_default();
            let place = d
                .span
                .as_ref()
                .and_then(|span| Some(position(sources.0.get(&span.file)?, span.start)));
            if let (Some(map), Some((line, column))) = (value.as_object_mut(), place) {
                map.insert("line".to_owned(), line.into());
                map.insert("column".to_owned(), column.into());
            }
            value
        })
        .collect();
    serde_json::json!({ "schema": "slgen.diagnostics/1", "diagnostics": list })
}

fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}
