//! GitLab's Code Quality report (GitLab docs, "Code Quality", "Code Quality report format").

use serde_json::{Value as Json, json};

use super::sarif::fingerprints;
use super::{Diagnostic, Severity, Sources};

/// Renders a Code Quality report. The format wants a file for everything: what has no place of its
/// own stands in the first line of `file`.
pub fn render_gitlab(diagnostics: &[Diagnostic], sources: &Sources, file: &str) -> Json {
    diagnostics
        .iter()
        .zip(fingerprints(diagnostics, sources))
        .map(|(diagnostic, fingerprint)| {
            let place = diagnostic.place(sources);
            let severity = match diagnostic.severity {
                Severity::Error => "critical",
                Severity::Warning => "minor",
                Severity::Note => "info",
            };
            let help = diagnostic
                .help
                .as_ref()
                .map_or_else(String::new, |help| format!(" ({help})"));
            json!({
                "description": format!("{}{help}", diagnostic.message),
                "check_name": diagnostic.code,
                "fingerprint": fingerprint,
                "severity": severity,
                "location": {
                    "path": place.as_ref().map_or(file, |place| place.file.as_str()),
                    "lines": { "begin": place.as_ref().map_or(1, |place| place.line) },
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::testing::{sample, sources};
    use super::*;

    #[test]
    fn every_entry_has_what_gitlab_asks_for() {
        let report = render_gitlab(&sample(), &sources(), "slgen.yaml");
        let entries = report.as_array().unwrap();
        assert_eq!(entries.len(), 3);
        let prints: BTreeSet<&str> = entries
            .iter()
            .map(|entry| entry["fingerprint"].as_str().unwrap())
            .collect();
        assert_eq!(prints.len(), 3);
        assert_eq!(entries[0]["location"]["path"], "a,b.yaml");
        assert_eq!(entries[0]["location"]["lines"]["begin"], 2);
        assert_eq!(entries[0]["description"], "100% wrong (write y)");
        assert_eq!(entries[2]["location"]["path"], "slgen.yaml");
        assert_eq!(entries[2]["severity"], "info");
    }
}
