//! SARIF 2.1.0 (OASIS standard of 27 March 2020), as code scanning services take it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::place::line_text;
use super::{Code, Diagnostic, Place, Severity, Sources, codes};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a code stands for, beside the ones of [`codes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Code, as diagnostics carry it.
    pub id: String,
    /// What is wrong when it is reported.
    pub title: String,
    /// What to do.
    pub help: String,
}

/// Renders a SARIF log of one run. `rules` describes codes of others, such as guardrails; a code
/// that nobody describes is its own title.
pub fn render_sarif(diagnostics: &[Diagnostic], sources: &Sources, rules: &[Rule]) -> Json {
    let mut used: Vec<&str> = diagnostics.iter().map(|d| d.code.as_str()).collect();
    used.sort_unstable();
    used.dedup();
    let known: BTreeMap<&str, (&str, &str)> = codes()
        .iter()
        .map(|Code { id, title, help }| (*id, (*title, *help)))
        .chain(
            rules
                .iter()
                .map(|rule| (rule.id.as_str(), (rule.title.as_str(), rule.help.as_str()))),
        )
        .collect();
    let descriptors: Vec<Json> = used
        .iter()
        .map(|id| {
            let own = diagnostics.iter().find(|d| d.code == **id);
            let own = own.map(|d| (d.title.as_deref(), d.help.as_deref().unwrap_or_default()));
            let (title, help) = match (known.get(id), own) {
                (Some(known), _) => *known,
                (None, Some((Some(title), help))) => (title, help),
                (None, _) => (*id, ""),
            };
            // Code scanning asks for both.
            let mut rule = json!({
                "id": id,
                "shortDescription": { "text": title },
                "fullDescription": { "text": title },
            });
            if !help.is_empty() {
                rule["help"] = json!({ "text": help });
            }
            let of_rule = diagnostics.iter().filter(|d| d.code == **id);
            // Scores have one digit before the point: text is in their order.
            if let Some(score) = of_rule.filter_map(|d| d.score).max() {
                rule["properties"] = json!({
                    "security-severity": score,
                    "precision": "high",
                    "tags": ["security"],
                });
            }
            rule
        })
        .collect();
    let results: Vec<Json> = diagnostics
        .iter()
        .zip(fingerprints(diagnostics, sources))
        .map(|(diagnostic, fingerprint)| {
            let mut result = json!({
                "ruleId": diagnostic.code,
                "ruleIndex": used.binary_search(&diagnostic.code.as_str()).unwrap_or_default(),
                "level": level(diagnostic.severity),
                "message": { "text": message(diagnostic) },
                "partialFingerprints": { "slgen/v1": fingerprint },
            });
            if let Some(place) = diagnostic.place(sources) {
                result["locations"] = json!([{ "physicalLocation": location(&place) }]);
            }
            result
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "slgen",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": descriptors,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn message(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    for part in diagnostic.notes.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(part);
    }
    text
}

fn location(place: &Place<'_>) -> Json {
    let mut region = json!({ "startLine": place.line });
    if let (Some(start), Some(end)) = (place.column, place.end_column) {
        region["startColumn"] = start.into();
        region["endLine"] = place.end_line.into();
        region["endColumn"] = end.into();
    }
    json!({
        "artifactLocation": { "uri": uri(place.file.as_str()) },
        "region": region,
    })
}

/// A relative path as a URI reference (RFC 3986): what it may not hold is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A fingerprint for each diagnostic that stays when lines above it come and go: of code, file, the
/// line's text, the message, and the count of equal ones before.
pub(super) fn fingerprints(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    diagnostics
        .iter()
        .map(|diagnostic| {
            if let Some(own) = &diagnostic.fingerprint {
                return own.clone();
            }
            let place = diagnostic.place(sources);
            let file = place.as_ref().map_or("", |place| place.file.as_str());
            let line = place
                .as_ref()
                .and_then(|place| Some(line_text(sources.0.get(place.file)?, place.line).trim()))
                .unwrap_or_default();
            let key = [&diagnostic.code, file, line, &diagnostic.message].join("\0");
            let count = seen.entry(key.clone()).or_default();
            *count += 1;
            let digest = Sha256::digest(format!("{key}\0{count}"));
            hex::encode(&digest[..16])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sample, sources};
    use super::*;

    #[test]
    fn it_has_what_the_standard_requires() {
        let rules = [Rule {
            id: "SLG-IAM-001".to_owned(),
            title: "An action wildcard".to_owned(),
            help: "Name each action.".to_owned(),
        }];
        let log = render_sarif(&sample(), &sources(), &rules);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "slgen");
        let ids: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["SLG-IAM-001", "SLG-X-001", "SLG-X-002"]);
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], ids[index]);
        }
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%2Cb.yaml");
        assert_eq!(
            place["region"],
            json!({ "startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 6 })
        );
        let line = &run["results"][1]["locations"][0]["physicalLocation"];
        assert_eq!(line["region"], json!({ "startLine": 3 }));
        assert!(run["results"][2].get("locations").is_none());
        assert_eq!(
            run["tool"]["driver"]["rules"][0]["help"]["text"],
            "Name each action."
        );
    }

    #[test]
    fn fingerprints_survive_lines_above() {
        let before = fingerprints(&sample(), &sources());
        let mut moved = sample();
        let mut texts = sources();
        for text in texts.0.values_mut() {
            text.insert_str(0, "# new\n");
        }
        for span in moved.iter_mut().filter_map(|d| d.span.as_mut()) {
            span.start += 6;
            span.end += 6;
        }
        assert_eq!(fingerprints(&moved, &texts), before);
        let twice = [sample(), sample()].concat();
        let prints = fingerprints(&twice, &sources());
        assert_ne!(prints[0], prints[3]);
    }
}
