//! Metadata annotations of Rego: comments that begin with `# METADATA` and go on as YAML
//! (openpolicyagent.org/docs/policy-language#metadata).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Diagnostic;

/// What an annotation says of a rule, as far as it is understood here.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(super) struct Annotation {
    /// What is wrong when the rule fires.
    #[serde(default)]
    pub(super) title: Option<String>,
    /// Why that is bad.
    #[serde(default)]
    pub(super) description: Option<String>,
    /// Where to read on: a URL, or an object with one under `ref`.
    #[serde(default)]
    pub(super) related_resources: Vec<serde_json::Value>,
    /// What it is about: a rule, all rules of a name, a package.
    #[serde(default)]
    scope: Option<String>,
    /// Keys of one's own.
    #[serde(default)]
    pub(super) custom: Option<Custom>,
}

/// Keys of ours.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(super) struct Custom {
    /// Id of the rule.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// Its severity.
    #[serde(default)]
    pub(super) severity: Option<String>,
    /// What to do.
    #[serde(default)]
    pub(super) fix: Option<String>,
}

/// The annotations of a file.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    /// Of the package.
    package: Option<Annotation>,
    /// By the line of what follows.
    rules: BTreeMap<usize, Annotation>,
    /// Of all rules of a name.
    documents: BTreeMap<String, Annotation>,
}

impl Annotations {
    /// Reads those of a file.
    ///
    /// # Errors
    /// The first that is no YAML: line from 1, and what is wrong.
    pub(super) fn of(text: &str) -> Result<Self, (usize, String)> {
        let mut annotations = Self::default();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if line.trim_end() != "# METADATA" {
                continue;
            }
            let first = at;
            let mut yaml = String::new();
            while let Some(line) = lines.get(at).and_then(|line| line.strip_prefix('#')) {
                yaml.push_str(line.strip_prefix(' ').unwrap_or(line));
                yaml.push('\n');
                at += 1;
            }
            let annotation = read(&yaml).map_err(|(line, message)| (first + line, message))?;
            while lines.get(at).is_some_and(|line| {
                let line = line.trim_start();
                line.is_empty() || line.starts_with('#')
            }) {
                at += 1;
            }
            let Some(next) = lines.get(at) else { break };
            let scope = annotation.scope.as_deref();
            if next.starts_with("package ") || matches!(scope, Some("package" | "subpackages")) {
                annotations.package.get_or_insert(annotation);
            } else if scope == Some("document") {
                let end = next.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let name = next.get(..end.unwrap_or(next.len())).unwrap_or_default();
                annotations.documents.insert(name.to_owned(), annotation);
            } else {
                annotations.rules.insert(at + 1, annotation);
            }
        }
        Ok(annotations)
    }

    /// What holds for a rule: what stands before it, before its name, before its package.
    pub(super) fn rule(&self, name: &str, line: usize) -> Option<&Annotation> {
        self.rules
            .get(&line)
            .or_else(|| self.documents.get(name))
            .or(self.package.as_ref())
    }

    /// The nearest that names an id: a rule may have words of its own and the id of its package.
    pub(super) fn custom(&self, name: &str, line: usize) -> Custom {
        let all = [
            self.rules.get(&line),
            self.documents.get(name),
            self.package.as_ref(),
        ];
        let mut custom = Custom::default();
        for of in all.into_iter().flatten().filter_map(|a| a.custom.as_ref()) {
            custom.id = custom.id.or_else(|| of.id.clone());
            custom.severity = custom.severity.or_else(|| of.severity.clone());
            custom.fix = custom.fix.or_else(|| of.fix.clone());
        }
        custom
    }
}

fn read(yaml: &str) -> Result<Annotation, (usize, String)> {
    if yaml.trim().is_empty() {
        return Ok(Annotation::default());
    }
    crate::manifest::read_as("METADATA".into(), yaml).map_err(|faults: Vec<Diagnostic>| {
        let first = faults.into_iter().next();
        let line = first.as_ref().and_then(|fault| {
            let start = fault.span.as_ref()?.start;
            Some(crate::diagnostic::position(yaml, start).0)
        });
        let message = first.map_or_else(String::new, |fault| fault.message);
        (line.unwrap_or(1), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r"# METADATA
# title: All of it
# custom:
#   severity: critical
package main

# METADATA
# title: No public bucket
# description: Anyone could read it.
# related_resources:
# - https://example.com/buckets
# custom:
#   id: ORG-001
#   fix: Say what it is for.
deny[msg] {
  true
}

# METADATA
# scope: document
# custom: { id: ORG-002 }

warn[msg] { true }
warn[msg] { false }
";

    #[test]
    fn the_nearest_says_more() {
        let annotations = Annotations::of(TEXT).unwrap();
        let title = |name, line| {
            let found = annotations.rule(name, line).unwrap();
            found.title.clone()
        };
        assert_eq!(title("deny", 15).as_deref(), Some("No public bucket"));
        assert_eq!(title("deny", 99).as_deref(), Some("All of it"));
        let custom = annotations.custom("deny", 15);
        assert_eq!(custom.id.as_deref(), Some("ORG-001"));
        assert_eq!(custom.severity.as_deref(), Some("critical"));
        for line in [23, 24] {
            let custom = annotations.custom("warn", line);
            assert_eq!(custom.id.as_deref(), Some("ORG-002"), "{line}");
        }
    }

    #[test]
    fn what_is_no_yaml_is_told_at_its_line() {
        let text = "package a\n\n# METADATA\n# title: a\n# custom: [\ndeny[m] { m := 1 }\n";
        let (line, _) = Annotations::of(text).unwrap_err();
        assert!((4..=6).contains(&line), "{line}");
    }
}
