//! Policies of an organisation: what `policies/` of a blueprint and its parents holds, asked of every environment.
//!
//! Two languages: Rego, as conftest and OPA have it for plans of Terraform (`*.rego`, with documents for it in `*.json`),
//! and declarative rules for those who know none of it (`*.yaml`). Both see what is generated, never the disk, the
//! network or the clock. What they find is a finding like any other, of a [`CustomRule`].
//!
//! Each blueprint's policies are asked by themselves: a child adds to what its parents ask and cannot change it.

pub mod declarative;
mod files;
mod place;
mod plan;
pub mod rego;

use camino::Utf8PathBuf;

use crate::blueprint::{Blueprint, Member};
use crate::diagnostic::{Diagnostic, Sources, Span, line_range};
use crate::graph::Graph;
use crate::guardrail::{CustomRule, Finding, fold};
use files::Policies as Files;

pub use plan::plan;

/// A policy that cannot be asked.
pub const CODE: &str = "SLG-POLICY-001";

/// An environment as policies see it.
#[derive(Debug, Clone, Copy)]
pub struct Environment<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is generated for it.
    pub graph: &'a Graph,
}

/// What policies say.
#[derive(Debug, Default)]
pub struct Asked {
    /// Every rule that was asked, sorted by id.
    pub rules: Vec<CustomRule>,
    /// What they found.
    pub findings: Vec<Finding>,
    /// What is not wrong and not meant so either: for the authors of policies.
    pub lint: Vec<Diagnostic>,
    /// Texts by file that it points into.
    pub sources: Sources,
}

/// Why policies cannot be asked, with the texts that it points into.
#[derive(Debug, Default)]
pub struct Refused {
    /// Every fault.
    pub faults: Vec<Diagnostic>,
    /// Texts by file.
    pub sources: Sources,
}

/// Asks the policies of a blueprint and its parents about environments; without environments, only whether they can be
/// asked at all.
///
/// # Errors
/// A policy that cannot be read, does not compile, fails or takes too much: none of it passes silently.
pub fn ask(blueprint: &Blueprint, environments: &[Environment<'_>]) -> Result<Asked, Refused> {
    let mut faults = Vec::new();
    let mut sources = Sources::default();
    let mut members = Vec::new();
    for member in &blueprint.members {
        match Files::of(member) {
            Ok(files) if files.is_empty() => {}
            Ok(files) => {
                sources.0.extend(files.texts());
                members.push((member, files));
            }
            Err(found) => faults.extend(found),
        }
    }
    let mut asked = Asked::default();
    let ask = |asked: &mut Asked, faults: &mut Vec<Diagnostic>| {
        for (member, files) in &members {
            match declarative::ask(&member.title(), files, environments) {
                Ok(found) => asked.add(found),
                Err(found) => faults.extend(found),
            }
        }
        match rego::ask(&members, environments) {
            Ok(found) => asked.add(found),
            Err(found) => faults.extend(found),
        }
    };
    if !members.is_empty() {
        ask(&mut asked, &mut faults);
    }
    if faults.is_empty() {
        faults.extend(unknown_guardrails(blueprint, &asked.rules));
    }
    if !faults.is_empty() {
        sources.0.extend(blueprint.sources().0);
        return Err(Refused { faults, sources });
    }
    for rule in &mut asked.rules {
        let raised = blueprint.guardrails.get(&rule.id);
        rule.severity = rule
            .severity
            .max(raised.and_then(|g| g.severity).unwrap_or(rule.severity));
    }
    asked.rules.sort_by(|a, b| a.id.cmp(&b.id));
    asked.rules.dedup_by(|later, first| later.id == first.id);
    asked.findings = fold(std::mem::take(&mut asked.findings));
    asked.sources = sources;
    // Those of its parents have their own authors.
    let own = blueprint.members.first();
    let own = own.map(|member| member.file.with_file_name(files::FOLDER));
    asked.lint.retain(|found| {
        let span = found.span.as_ref().zip(own.as_ref());
        span.is_some_and(|(span, own)| span.file.starts_with(own))
    });
    Ok(asked)
}

impl Asked {
    fn add(&mut self, other: Self) {
        self.rules.extend(other.rules);
        self.findings.extend(other.findings);
        self.lint.extend(other.lint);
    }
}

/// Guardrails of a blueprint that are neither slgen's nor a policy's, or weaken one.
fn unknown_guardrails(blueprint: &Blueprint, rules: &[CustomRule]) -> Vec<Diagnostic> {
    let own = |id: &str| id.starts_with("SLG-");
    let said = blueprint.guardrails.iter().filter(|(id, _)| !own(id));
    let faults = said.filter_map(|(id, guardrail)| {
        let (message, help) = match rules.iter().find(|rule| rule.id == *id) {
            None => {
                let known = rules.iter().map(|rule| rule.id.as_str());
                let help = crate::manifest::similar(id, known).map_or_else(
                    || "name a rule of slgen's, or one of the blueprint's policies".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                (format!("there is no rule {id}"), help)
            }
            Some(rule) if guardrail.severity.is_some_and(|s| s < rule.severity) => (
                format!("{id} is {} by itself", rule.severity),
                "a blueprint can only raise a severity".to_owned(),
            ),
            Some(_) => return None,
        };
        let fault = Diagnostic::error(crate::blueprint::CODE, message);
        Some(fault.at(guardrail.origin.span.clone()).help(help))
    });
    faults.collect()
}

/// A fault on a line of a policy's file.
fn fault(file: &Utf8PathBuf, text: &str, line: usize, message: impl Into<String>) -> Diagnostic {
    let span = line_span(file, text, line, None);
    Diagnostic::error(CODE, message).at(Some(span))
}

/// A line of a text without its ends, or from a column on, both from 1.
fn line_span(file: &Utf8PathBuf, text: &str, line: usize, column: Option<usize>) -> Span {
    let (start, end) = line_range(text, line);
    let found = &text[start..end];
    let indent = found.len() - found.trim_start().len();
    let skip = match column {
        Some(column) => found
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(indent, |(at, _)| at),
        None => indent,
    };
    Span {
        file: file.clone(),
        start: start + skip,
        end,
    }
}

/// The blueprints that bring policies, with these.
type Members<'a> = [(&'a Member, Files)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_in_any_text() {
        let file = Utf8PathBuf::from("f");
        let text = "a\n  bé c  \n\nlast";
        for (line, column, found) in [
            (1, None, "a"),
            (2, None, "bé c"),
            (2, Some(4), "é c"),
            (2, Some(99), "bé c"),
            (3, None, ""),
            (4, None, "last"),
            (9, None, ""),
        ] {
            let span = line_span(&file, text, line, column);
            assert_eq!(&text[span.start..span.end], found, "{line} {column:?}");
        }
        assert_eq!(line_span(&file, "", 3, Some(3)).end, 0);
    }
}
