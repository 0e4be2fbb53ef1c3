//! Where what is found because of the user's own Terraform stands.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Own;
use crate::diagnostic::{Span, line_range};
use crate::graph::Location;
use crate::graph::hcl::{ReadError, Written};
use crate::guardrail::{Check, Finding, Verdict, rule};
use crate::manifest;
use crate::workspace;

/// What a finding is told apart by, wherever it stands.
pub(super) type Key = (
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

/// What a finding is told apart by.
pub(super) fn key(finding: &Finding) -> Key {
    (
        finding.rule.clone().into_owned(),
        finding.address.clone(),
        finding.attribute.clone(),
        finding.action.clone(),
        finding.resource.clone(),
        finding.message.clone(),
    )
}

/// Where a fault of syntax stands, to the end of its line; `folder` is the root module.
pub(super) fn of_fault(text: &str, fault: &ReadError, folder: &Utf8Path) -> Span {
    let (start, end) = line_range(text, fault.line);
    let line = text.get(start..end).unwrap_or_default();
    let before = line.char_indices().nth(fault.column.saturating_sub(1));
    Span {
        file: workspace::shown(&folder.join(&fault.file)),
        start: before.map_or(start, |(at, _)| start + at),
        end,
    }
}

impl Own {
    /// Gives every finding that the user's own Terraform causes its place there, and a fix that does not speak of the manifest.
    pub(in crate::cli::pipeline) fn settle(&self, verdict: &mut Verdict) {
        let excepted = verdict.excepted.iter_mut().map(|(finding, _)| finding);
        for finding in verdict.findings.iter_mut().chain(excepted) {
            if finding.span.is_none() && self.causes(finding) {
                self.place(finding);
            }
        }
    }

    /// The user's texts, by the file that places name, as they may be shown.
    pub(in crate::cli::pipeline) fn texts(&self) -> BTreeMap<Utf8PathBuf, String> {
        let texts = self.texts.iter();
        texts
            .map(|(path, text)| (self.shown(path), manifest::masked(text)))
            .collect()
    }

    fn causes(&self, finding: &Finding) -> bool {
        let stands = finding.location.as_ref();
        if stands.is_some_and(|place| self.texts.contains_key(&place.file)) {
            return true;
        }
        let Some(rule) = rule(&finding.rule) else {
            // A rule of the organisation, which is not asked without the user's own.
            return self.added.contains_key(&finding.address)
                || self.changed.contains(&finding.address);
        };
        if matches!(rule.check, Check::Own) {
            return true;
        }
        let environments = finding.environments.iter();
        let mut without = environments.filter_map(|name| self.without.get(name));
        without.any(|found| !found.contains(&key(finding)))
    }

    fn place(&self, finding: &mut Finding) {
        let place = self.place_of(finding);
        if let Some(place) = place {
            finding.span = Some(self.span(&place));
            finding.location = Some(place);
        }
        let rule = rule(&finding.rule).filter(|rule| !matches!(rule.check, Check::Own));
        if let (Some(rule), None) = (rule, &finding.fix) {
            let file = match &finding.location {
                Some(place) if finding.span.is_some() => self.shown(&place.file).into_string(),
                _ => format!("beside the generated files in {}", self.folder),
            };
            finding.fix = Some(format!(
                "your own Terraform causes it: mend it there ({file}), or take it out; `slgen explain {}` says what the rule asks for",
                rule.meta.id
            ));
        }
    }

    /// Where it stands in the user's files: the resource itself, what grants, what overrides.
    fn place_of(&self, finding: &Finding) -> Option<Location> {
        let stands = finding.location.as_ref();
        if let Some(place) = stands.filter(|place| self.texts.contains_key(&place.file)) {
            return Some(place.clone());
        }
        let added = |address: &str| self.added.get(address).cloned().flatten();
        if let Some(place) = finding.resource.as_deref().and_then(added) {
            return Some(place);
        }
        if let Some(place) = added(&finding.address) {
            return Some(place);
        }
        if let Some(by) = self.granting(finding) {
            return added(by).or_else(|| self.written(by, "policy"));
        }
        let attribute = finding.attribute.as_deref().unwrap_or_default();
        self.written(&finding.address, attribute)
            .or_else(|| self.sole())
    }

    /// The resource that grants the action that a finding is about.
    fn granting(&self, finding: &Finding) -> Option<&str> {
        let actions: Vec<&str> = finding.action.as_deref()?.split('+').collect();
        let mut granted = self.granted.iter();
        let found = granted.find(|(permission, _)| {
            permission.holder == finding.address
                && actions.contains(&permission.action.as_str())
                && finding
                    .resource
                    .as_ref()
                    .is_none_or(|resource| *resource == permission.resource)
        });
        found.map(|(_, by)| by.as_str())
    }

    /// The block of this name, or the line of an attribute of it.
    fn written(&self, name: &str, attribute: &str) -> Option<Location> {
        // An instance is written once for all of them.
        let plain = name.split('[').next().unwrap_or(name);
        let blocks = self.blocks.iter();
        let mut found = blocks.flat_map(|(file, blocks)| {
            let named = blocks.iter().filter(|block| block.name == plain);
            named.map(move |block| (file, block))
        });
        let place = |(file, block): (&Utf8PathBuf, &Written)| Location {
            file: file.clone(),
            line: block.line_of(attribute),
        };
        found.next().map(place)
    }

    /// The one file that there is.
    fn sole(&self) -> Option<Location> {
        let mut files = self.files.iter();
        let (first, None) = (files.next()?, files.next()) else {
            return None;
        };
        Some(Location {
            file: first.file.clone(),
            line: 1,
        })
    }

    /// The line, without what is blank before it.
    fn span(&self, place: &Location) -> Span {
        let text = self.texts.get(&place.file).map_or("", String::as_str);
        let (start, end) = line_range(text, place.line);
        let line = text.get(start..end).unwrap_or_default();
        Span {
            file: self.shown(&place.file),
            start: start + line.len() - line.trim_start().len(),
            end,
        }
    }

    /// A file as the user would name it.
    pub(in crate::cli) fn shown(&self, file: &Utf8Path) -> Utf8PathBuf {
        workspace::shown(&self.folder.join(file))
    }
}
