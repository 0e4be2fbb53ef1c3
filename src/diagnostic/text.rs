//! As people read them: the way rustc writes its own.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity, Sources};

/// Renders diagnostics as people read them, a summary line last.
pub fn render_text(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
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
        if let Some(place) = place(diagnostic, sources) {
            group = group.element(place);
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
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let told: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning")]
        .into_iter()
        .map(|(severity, word)| (count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if !told.is_empty() {
        out.push_str(&told.join(", "));
        out.push('\n');
    }
    out
}

fn place<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Option<Element<'a>> {
    if let Some(span) = &diagnostic.span {
        let text = sources.0.get(&span.file)?;
        let range =
            span.start.min(text.len())..span.end.clamp(span.start, text.len().max(span.start));
        let range = range.start..range.end.min(text.len());
        let snippet = Snippet::source(text.as_str())
            .path(span.file.as_str())
            .annotation(AnnotationKind::Primary.span(range));
        return Some(snippet.into());
    }
    let line = diagnostic.line.as_ref()?;
    let Some(text) = sources.0.get(&line.file) else {
        let origin = Origin::path(line.file.as_str()).line(line.line);
        return Some(origin.into());
    };
    let start: usize = text
        .split_inclusive('\n')
        .take(line.line.saturating_sub(1))
        .map(str::len)
        .sum();
    let whole = text[start..].lines().next().unwrap_or_default();
    let indent = whole.len() - whole.trim_start().len();
    let range = start + indent..start + whole.trim_end().len().max(indent);
    let snippet = Snippet::source(text.as_str())
        .path(line.file.as_str())
        .annotation(AnnotationKind::Primary.span(range));
    Some(snippet.into())
}
