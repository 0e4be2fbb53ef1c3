//! Policies in Rego, as conftest takes them: rules `deny`, `violation` and `warn`, with a suffix or without, of every
//! package.

mod annotations;
mod builtins;
mod engine;
mod process;
mod result;
mod walk;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde_json::value::to_raw_value;

pub use process::{COMMAND, serve};

use super::files::Policies;
use super::place::{Places, SERVICE};
use super::{Asked, CODE, Environment, Members, fault, line_span, plan};
use crate::blueprint::Member;
use crate::diagnostic::{Diagnostic, position};
use crate::guardrail::{CustomRule, Finding, Severity};
use annotations::{Annotation, Annotations};
use result::Said;
use wire::{Answer, Group, Place, Request, Rule};

/// Most milliseconds of one rule in one environment.
const MILLISECONDS: u64 = 5000;
/// What is said of a blueprint's rules that are not meant so.
const LINT: &str = "SLG-BLUEPRINT-008";

/// What a rule's name says of its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `deny`, `violation`.
    Deny,
    /// `warn`.
    Warn,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name.split_once('_').map_or(name, |(kind, _)| kind) {
            "deny" | "violation" => Some(Self::Deny),
            "warn" => Some(Self::Warn),
            _ => None,
        }
    }

    fn severity(self) -> Severity {
        match self {
            Self::Deny => Severity::High,
            Self::Warn => Severity::Low,
        }
    }
}

/// Asks the Rego of blueprints about environments.
pub(super) fn ask(
    members: &Members<'_>,
    environments: &[Environment<'_>],
) -> Result<Asked, Vec<Diagnostic>> {
    let members: Vec<&(&Member, Policies)> = members
        .iter()
        .filter(|(_, files)| !files.rego.is_empty())
        .collect();
    if members.is_empty() {
        return Ok(Asked::default());
    }
    let inputs = environments.iter().map(|e| to_raw_value(&plan(e.graph)));
    let inputs = inputs.collect::<Result<Vec<_>, serde_json::Error>>();
    let inputs = inputs.map_err(|error| vec![Diagnostic::error(CODE, error.to_string())])?;
    let request = Request {
        groups: members
            .iter()
            .map(|(member, files)| group(member, files))
            .collect(),
        inputs,
        milliseconds: MILLISECONDS,
    };
    let answers = process::ask(&request).map_err(|(place, message)| {
        vec![told(
            members.iter().map(|(_, files)| files),
            &place,
            message,
        )]
    })?;
    let mut reading = Reading {
        annotations: annotations(&members)?,
        places: Places::of(environments),
        members,
        environments,
        asked: Asked::default(),
        faults: Vec::new(),
    };
    reading.all(answers);
    if reading.faults.is_empty() {
        Ok(reading.asked)
    } else {
        Err(reading.faults)
    }
}

fn group(member: &Member, files: &Policies) -> Group {
    let texts = |files: &[(Utf8PathBuf, String)]| {
        let texts = files
            .iter()
            .map(|(file, text)| (file.to_string(), text.clone()));
        texts.collect()
    };
    Group {
        files: texts(&files.rego),
        data: texts(&files.data),
        namespaces: member.definition.policies.namespaces.clone(),
    }
}

fn annotations(
    members: &[&(&Member, Policies)],
) -> Result<BTreeMap<String, Annotations>, Vec<Diagnostic>> {
    let mut all = BTreeMap::new();
    let mut faults = Vec::new();
    for (file, text) in members.iter().flat_map(|(_, files)| &files.rego) {
        match Annotations::of(text) {
            Ok(found) => {
                all.insert(file.to_string(), found);
            }
            Err((line, message)) => {
                let message = format!("this is no annotation: {message}");
                faults.push(fault(file, text, line, message).help("write YAML after # METADATA"));
            }
        }
    }
    if faults.is_empty() {
        Ok(all)
    } else {
        Err(faults)
    }
}

/// A fault at a place in one of the files.
fn told<'f>(
    mut files: impl Iterator<Item = &'f Policies>,
    place: &Place,
    message: String,
) -> Diagnostic {
    let help = "policies are Rego 0 or 1 with the built-ins that need nothing from outside: docs/policies.md";
    let diagnostic = Diagnostic::error(CODE, message).help(help);
    match files.find_map(|files| files.text(&place.file)) {
        Some((file, text)) => {
            let column = (place.column > 0).then_some(place.column);
            diagnostic.at(Some(line_span(file, text, place.line.max(1), column)))
        }
        None => diagnostic,
    }
}

/// Answers on their way to findings.
struct Reading<'a> {
    annotations: BTreeMap<String, Annotations>,
    places: Places<'a>,
    members: Vec<&'a (&'a Member, Policies)>,
    environments: &'a [Environment<'a>],
    asked: Asked,
    faults: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn all(&mut self, answers: Vec<Answer>) {
        let mut current: Option<(Rule, CustomRule)> = None;
        let mut packages: Vec<Vec<String>> = vec![Vec::new(); self.members.len()];
        for answer in answers {
            match answer {
                Answer::Rule(rule) => {
                    current = self.rule(&rule).map(|custom| {
                        self.asked.rules.push(custom.clone());
                        (rule, custom)
                    });
                }
                Answer::Found { environment, value } => {
                    if let Some((rule, custom)) = &current {
                        match result::read(&value, &custom.title) {
                            Ok(said) => self.found(rule, custom, environment, said),
                            Err(message) => {
                                self.fault(&rule.place, format!("{} {message}", rule.name));
                            }
                        }
                    }
                }
                Answer::Package { group, name } => {
                    if let Some(packages) = packages.get_mut(group) {
                        packages.push(name);
                    }
                }
                Answer::Fault { place, message } => self.fault(&place, message),
                Answer::At(_) | Answer::End => {}
            }
        }
        self.stated_ids();
        self.namespaces(&packages);
    }

    fn fault(&mut self, place: &Place, message: String) {
        let files = self.members.iter().map(|(_, files)| files);
        self.faults.push(told(files, place, message));
    }

    /// What stands for a rule of Rego.
    fn rule(&mut self, rule: &Rule) -> Option<CustomRule> {
        let kind = Kind::of(&rule.name)?;
        let (member, files) = *self.members.get(rule.group)?;
        let (file, text) = files.text(&rule.place.file)?;
        let annotations = self.annotations.get(&rule.place.file)?;
        let annotation = annotations.rule(&rule.name, rule.place.line);
        let annotation: Annotation = annotation.cloned().unwrap_or_default();
        let custom = annotations.custom(&rule.name, rule.place.line);
        let derived = format!("{}.{}", rule.package, rule.name);
        if let Some(id) = &custom.id
            && !CustomRule::is_id(id)
        {
            let message = format!("the id {id:?} cannot be: {}", result::ID_FORM);
            self.faults
                .push(fault(file, text, rule.place.line, message));
        }
        let stated = custom.severity.as_deref().map(|said| {
            result::severity(said)
                .ok_or_else(|| format!("the severity {said:?}: {}", result::SEVERITIES))
        });
        let stated = match stated.transpose() {
            Ok(stated) => stated,
            Err(message) => {
                self.faults
                    .push(fault(file, text, rule.place.line, message));
                None
            }
        };
        if custom.id.is_none() && !states_ids(text) {
            let message = format!("{derived} has no id of its own");
            let span = line_span(file, text, rule.place.line, None);
            let lint = Diagnostic::warning(LINT, message).at(Some(span)).help(
                "give it one, which exceptions and guardrails name: custom: { id: ORG-001 } in its METADATA",
            );
            self.asked.lint.push(lint);
        }
        let word = |c: char| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        };
        let references = annotation.related_resources.iter().filter_map(|related| {
            let related = related.get("ref").unwrap_or(related);
            related.as_str().map(str::to_owned)
        });
        Some(CustomRule {
            id: custom
                .id
                .unwrap_or_else(|| derived.chars().map(word).collect()),
            severity: result::settled(kind, stated, kind.severity()),
            title: annotation
                .title
                .unwrap_or_else(|| format!("{derived} of {file}")),
            why: annotation.description,
            fix: custom.fix,
            references: references.collect(),
            blueprint: member.title(),
            file: file.clone(),
            line: rule.place.line,
        })
    }

    fn found(&mut self, rule: &Rule, custom: &CustomRule, environment: usize, said: Said) {
        let Some(kind) = Kind::of(&rule.name) else {
            return;
        };
        let id = said.id.unwrap_or_else(|| custom.id.clone());
        if self.asked.rules.iter().all(|known| known.id != id) {
            self.asked.rules.push(CustomRule {
                id: id.clone(),
                ..custom.clone()
            });
        }
        let places = &self.places;
        let named = match &said.resource {
            Some(address) => places.resource(environment, address),
            None => places.named(environment, &said.message),
        };
        let name = self
            .environments
            .get(environment)
            .map(|e| e.name.to_owned());
        self.asked.findings.push(Finding {
            rule: id.into(),
            severity: result::settled(kind, said.severity, custom.severity),
            address: named.map_or_else(|| SERVICE.to_owned(), |r| r.address.to_string()),
            attribute: None,
            action: None,
            resource: said.resource.filter(|_| named.is_none()),
            message: said.message,
            location: named.and_then(|r| r.location.clone()),
            span: None,
            fix: said.fix.or_else(|| custom.fix.clone()),
            environments: name.into_iter().collect(),
        });
    }

    /// Ids that results carry: they are rules, too, whether they find something today or not.
    fn stated_ids(&mut self) {
        let rules = self.asked.rules.iter();
        let mut known: BTreeSet<String> = rules.map(|rule| rule.id.clone()).collect();
        for (member, files) in &self.members {
            for (file, text) in &files.rego {
                for (at, id) in ids(text).filter(|(_, id)| CustomRule::is_id(id)) {
                    let line = position(text, at).0;
                    if !known.insert(id.to_owned()) {
                        continue;
                    }
                    // Of the rule in which it stands: the last that begins before it.
                    let of = self.asked.rules.iter();
                    let of = of.filter(|rule| rule.file == *file && rule.line <= line);
                    let Some(of) = of.max_by_key(|rule| rule.line).cloned() else {
                        continue;
                    };
                    self.asked.rules.push(CustomRule {
                        id: id.to_owned(),
                        blueprint: member.title(),
                        line,
                        ..of
                    });
                }
            }
        }
    }

    /// Namespaces that are no package.
    fn namespaces(&mut self, packages: &[Vec<String>]) {
        for ((member, _), packages) in self.members.iter().zip(packages) {
            let asked = member.definition.policies.namespaces.as_deref();
            for (index, name) in asked.unwrap_or_default().iter().enumerate() {
                // Nothing is known of a group that could not be loaded.
                if packages.is_empty() || packages.contains(name) {
                    continue;
                }
                let help = crate::manifest::similar(name, packages.iter().map(String::as_str))
                    .map_or_else(
                        || format!("there are: {}", packages.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                let at = format!("/policies/namespaces/{index}");
                let message = format!("no policy is of the package {name}");
                self.faults.push(member.fault(&at, message, help));
            }
        }
    }
}

/// Texts that stand under `id` in what rules give: offset and id.
fn ids(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("\"id\"").filter_map(|(at, key)| {
        let rest = text.get(at + key.len()..)?.trim_start();
        let rest = rest.strip_prefix(':')?.trim_start().strip_prefix('"')?;
        Some((at, rest.get(..rest.find('"')?)?))
    })
}

fn states_ids(text: &str) -> bool {
    ids(text).next().is_some()
}
