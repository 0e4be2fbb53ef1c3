//! As people read them: the way rustc writes its own.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use camino::Utf8Path;

use super::place::lines_before;
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
        return Some(snippet(&span.file, text, span.start, span.end));
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
    let end = start + whole.trim_end().len().max(indent);
    Some(snippet(&line.file, text, start + indent, end))
}

/// The lines of a range: the renderer sees no more of the text, so that its work stays small.
fn snippet<'a>(file: &'a Utf8Path, text: &'a str, start: usize, end: usize) -> Element<'a> {
    let inside = |byte: usize| {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    };
    let (start, end) = (inside(start), inside(end.max(start)));
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let last = text[end..].find('\n').map_or(text.len(), |at| end + at);
    Snippet::source(&text[first..last])
        .path(file.as_str())
        .line_start(lines_before(text, first) + 1)
        .annotation(AnnotationKind::Primary.span(start - first..end - first))
        .into()
}
