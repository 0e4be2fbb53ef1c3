//! Output formats judged by others: published schemas, and the grammar of GitHub's runner.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a schema has against a document.
fn against(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors = validator.iter_errors(document);
    errors
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect()
}

fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap()
}

/// `slgen diff --format json`.
pub(crate) fn diff_json(document: &Value) -> Vec<String> {
    let schema = include_str!("../../docs/schemas/slgen.diff-1.schema.json");
    against(&parsed(schema), document)
}

/// `slgen validate --format json`.
pub(crate) fn diagnostics_json(document: &Value) -> Vec<String> {
    let schema = include_str!("../../docs/schemas/slgen.diagnostics-1.schema.json");
    against(&parsed(schema), document)
}

/// `slgen exceptions --format json`.
pub(crate) fn exceptions_json(document: &Value) -> Vec<String> {
    let schema = include_str!("../../docs/schemas/slgen.exceptions-1.schema.json");
    against(&parsed(schema), document)
}

/// SARIF 2.1.0 by the standard's schema as errata 01 mends it (a region has a start, the pattern of a
/// language is one), and what a schema cannot say.
pub(crate) fn sarif(document: &Value) -> Vec<String> {
    let mut schema = parsed(include_str!("../data/formats/sarif-2.1.0.schema.json"));
    schema["definitions"]["region"]["anyOf"] = json!([
        { "required": ["startLine"] },
        { "required": ["charOffset"] },
        { "required": ["byteOffset"] },
    ]);
    for holder in ["run", "toolComponent"] {
        let pattern = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$";
        schema["definitions"][holder]["properties"]["language"]["pattern"] = pattern.into();
    }
    let mut errors = against(&schema, document);
    for run in document["runs"].as_array().into_iter().flatten() {
        let rules = run["tool"]["driver"]["rules"].as_array();
        let rule = |index: &Value| {
            let index = usize::try_from(index.as_u64()?).ok()?;
            rules?.get(index)?["id"].as_str()
        };
        for result in run["results"].as_array().into_iter().flatten() {
            if rule(&result["ruleIndex"]) != result["ruleId"].as_str() {
                errors.push(format!("ruleIndex is of another rule: {result}"));
            }
            let at = "/locations/0/physicalLocation/artifactLocation/uri";
            let uri = result.pointer(at).and_then(Value::as_str).unwrap_or("x");
            let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b);
            if uri.starts_with('/') || !uri.bytes().all(safe) {
                errors.push(format!("no relative URI reference: {uri:?}"));
            }
        }
    }
    errors
}

/// GitLab's Code Quality report, whose fingerprints are each other's rivals.
pub(crate) fn gitlab(document: &Value) -> Vec<String> {
    let schema = include_str!("../data/formats/gitlab-code-quality.schema.json");
    let mut errors = against(&parsed(schema), document);
    let mut seen = BTreeMap::new();
    for entry in document.as_array().into_iter().flatten() {
        if let Some(first) = seen.insert(entry["fingerprint"].to_string(), entry) {
            errors.push(format!("one fingerprint for two: {first} {entry}"));
        }
    }
    errors
}

/// An annotation as GitHub's runner understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) level: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

/// Every line as a workflow command: `::level key=value,key=value::message`, nothing raw that ends
/// one of its parts, no escape that the runner does not know.
pub(crate) fn annotations(text: &str) -> Result<Vec<Annotation>, String> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
    text.split_terminator('\n').map(annotation).collect()
}

fn annotation(line: &str) -> Result<Annotation, String> {
    let wrong = |what: &str| Err(format!("{what}: {line:?}"));
    let Some(rest) = line.strip_prefix("::") else {
        return wrong("no command");
    };
    let Some((head, message)) = rest.split_once("::") else {
        return wrong("no message");
    };
    let (level, list) = head.split_once(' ').unwrap_or((head, ""));
    if !["error", "warning", "notice"].contains(&level) {
        return wrong("no level");
    }
    let mut properties = BTreeMap::new();
    for property in list.split(',').filter(|p| !p.is_empty()) {
        let Some((key, value)) = property.split_once('=') else {
            return wrong("no property");
        };
        if !["file", "line", "endLine", "col", "endColumn", "title"].contains(&key) {
            return wrong("unknown property");
        }
        if value.is_empty() || value.contains(':') {
            return wrong("property");
        }
        let value = unescaped(value, &["%25", "%0D", "%0A", "%3A", "%2C"])?;
        let number = !["file", "title"].contains(&key);
        if number && !value.parse::<u32>().is_ok_and(|n| n > 0) {
            return wrong("no number");
        }
        if properties.insert(key.to_owned(), value).is_some() {
            return wrong("a property twice");
        }
    }
    Ok(Annotation {
        level: level.to_owned(),
        properties,
        message: unescaped(message, &["%25", "%0D", "%0A"])?,
    })
}

fn unescaped(text: &str, known: &[&str]) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['%', '\r']) {
        out.push_str(&rest[..at]);
        let code = rest.get(at..at + 3).unwrap_or_default();
        if !known.contains(&code) {
            return Err(format!("unknown escape {code:?}: {text:?}"));
        }
        let byte = u8::from_str_radix(&code[1..], 16).unwrap();
        out.push(char::from(byte));
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Characters that steer a terminal or hide: of none is a result made, line ends apart.
pub(crate) fn steering(text: &str) -> Vec<char> {
    let steers = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars().filter(steers).collect()
}
