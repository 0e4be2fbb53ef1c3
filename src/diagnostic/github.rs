//! Workflow commands of GitHub Actions (GitHub docs, "Workflow commands for GitHub Actions"): an
//! annotation at each place.

use super::{Diagnostic, Severity, Sources};

/// Renders one workflow command a diagnostic.
pub fn render_github(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(place) = diagnostic.place(sources) {
            properties.push(format!("file={}", property(place.file.as_str())));
            properties.push(format!("line={}", place.line));
            if place.end_line != place.line {
                properties.push(format!("endLine={}", place.end_line));
            } else if let (Some(column), Some(end)) = (place.column, place.end_column) {
                // GitHub's end is the last column itself.
                properties.push(format!("col={column}"));
                properties.push(format!("endColumn={}", end.saturating_sub(1).max(column)));
            }
        }
        properties.push(format!("title={}", property(&diagnostic.code)));
        let mut message = vec![diagnostic.message.clone()];
        message.extend(diagnostic.notes.iter().map(|note| format!("note: {note}")));
        message.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
        let message = data(&message.join("\n"));
        out.push_str(&format!(
            "::{command} {}::{message}\n",
            properties.join(",")
        ));
    }
    out
}

/// Escapes a message (actions/toolkit, `escapeData`).
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property (actions/toolkit, `escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sample, sources};
    use super::*;

    #[test]
    fn a_command_for_each() {
        assert_eq!(
            render_github(&sample(), &sources()),
            "::error file=a%2Cb.yaml,line=2,col=4,endColumn=5,title=SLG-X-001::100%25 wrong%0Anote: because%0Ahelp: write y\n\
             ::warning file=infra/x.tf,line=3,title=SLG-IAM-001::too much\n\
             ::notice title=SLG-X-002::by the way\n"
        );
    }
}
