//! What the manifest adds to a finding: the line that caused it, the exception that covers it, and
//! whether it changed at all.

use std::collections::BTreeSet;

use crate::cli::pipeline::{self, Candidate};
use crate::cli::{Failure, verdict};
use crate::diagnostic::position;
use crate::diff::report::{ExceptionNote, ExceptionState};
use crate::diff::{Covered, Direction, Finding, Source};
use crate::guardrail::ExceptionSpec;
use crate::manifest::Loaded;

/// Days before its end in which an exception is called expiring.
const SOON: i64 = 30;

/// The manifest, and what it was at the base.
pub(super) struct Context<'a> {
    candidate: Candidate<'a>,
    exceptions: Vec<ExceptionSpec>,
    /// The manifest at the base, where there is one that can be read.
    base: Option<Loaded>,
}

impl<'a> Context<'a> {
    pub(super) fn new(candidate: Candidate<'a>, base: Option<Loaded>) -> Result<Self, Failure> {
        Ok(Self {
            candidate,
            exceptions: verdict::all_exceptions(candidate.loaded)?,
            base,
        })
    }

    /// Adds source, exception and upgrade.
    pub(super) fn complete(&self, finding: &mut Finding) {
        // No line of the manifest, and no upgrade, brought what the user wrote beside the generated files.
        if !self.is_own(finding) {
            let pointer = self.pointer(&finding.address);
            if let Some(pointer) = &pointer {
                let line = self.access_line(pointer, finding);
                finding.source = self.source(line.as_ref().unwrap_or(pointer));
            }
            finding.upgrade = self.is_upgrade(pointer.as_deref().unwrap_or(""));
        }
        let scope = self
            .candidate
            .provenance
            .scope(&finding.address)
            .or_else(|| self.candidate.provenance.scope(plain(&finding.address)))
            .unwrap_or_else(|| "service".to_owned());
        let covering = self.exceptions.iter().find(|e| covers(e, finding, &scope));
        finding.covered = covering.map(|exception| Covered {
            pointer: exception.pointer.clone(),
            reason: exception.reason.clone(),
            owner: exception.owner.clone(),
            expires: exception.expires,
        });
    }

    /// Whether it stands in a file beside the generated ones. What goes may stand in one that is no longer generated.
    fn is_own(&self, finding: &Finding) -> bool {
        let file = finding.location.as_ref().map(|location| &location.file);
        let file = file.and_then(|file| file.strip_prefix(self.candidate.out).ok());
        finding.direction != Direction::Narrowing
            && file.is_some_and(|file| !self.candidate.files.contains_key(file))
    }

    fn pointer(&self, address: &str) -> Option<String> {
        let provenance = self.candidate.provenance;
        provenance
            .pointer(address)
            .or_else(|| provenance.pointer(plain(address)))
    }

    /// The access line of a function that names the operation of a new permission.
    fn access_line(&self, pointer: &str, finding: &Finding) -> Option<String> {
        let name = pointer.strip_prefix("/functions/")?;
        if finding.direction != Direction::Widening {
            return None;
        }
        let operation = finding.witness.as_ref()?.action.split(':').nth(1)?;
        let loaded = self.candidate.loaded;
        let count = loaded.manifest.functions.get(name)?.access.len();
        let mut lines = (0..count)
            .map(|number| format!("{pointer}/access/{number}"))
            .filter_map(|line| Some((loaded.extent(&line)?, line)));
        let names = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric())
                .any(|w| w == operation)
        };
        lines
            .find(|(span, _)| loaded.text.get(span.start..span.end).is_some_and(names))
            .map(|(_, line)| line)
    }

    fn source(&self, pointer: &str) -> Option<Source> {
        let loaded = self.candidate.loaded;
        let span = loaded.key_span(pointer).or_else(|| loaded.span(pointer))?;
        Some(Source {
            file: loaded.file.to_string(),
            line: position(&loaded.text, span.start).0,
        })
    }

    /// Whether what the manifest says about this part, and about everything that all parts share,
    /// is at the base what it is now.
    fn is_upgrade(&self, pointer: &str) -> bool {
        let Some(base) = &self.base else {
            return false;
        };
        let head = self.candidate.loaded;
        if head.text == base.text {
            return true;
        }
        if !pointer.starts_with("/functions/") {
            return false;
        }
        let slice = |loaded: &Loaded| -> Option<String> {
            let span = loaded.extent(pointer)?;
            loaded.text.get(span.start..span.end).map(str::to_owned)
        };
        // Everything but the functions.
        let shared = |loaded: &Loaded| -> Option<String> {
            let span = loaded.extent("/functions")?;
            let (before, after) = (loaded.text.get(..span.start)?, loaded.text.get(span.end..)?);
            Some(format!("{before}\0{after}"))
        };
        slice(head).is_some() && slice(head) == slice(base) && shared(head) == shared(base)
    }

    /// Exceptions that were not at the base, that end soon, are over, or cover none of the findings
    /// although nothing but a comparison could have them.
    pub(super) fn exception_notes(
        &self,
        findings: &[Finding],
        with_base: bool,
    ) -> Result<Vec<ExceptionNote>, Failure> {
        let today = pipeline::today();
        let key = |e: &ExceptionSpec| {
            (
                e.rule.clone(),
                e.scope.clone(),
                e.action.clone(),
                e.resource.clone(),
                e.expires,
            )
        };
        let known: BTreeSet<_> = match &self.base {
            Some(base) => verdict::all_exceptions(base)?.iter().map(key).collect(),
            None => BTreeSet::new(),
        };
        let used: BTreeSet<&str> = findings
            .iter()
            .filter_map(|f| Some(f.covered.as_ref()?.pointer.as_str()))
            .collect();
        let notes = self.exceptions.iter().filter_map(|exception| {
            let new = with_base && !known.contains(&key(exception));
            let days_left = today.days_until(exception.expires);
            let state = if days_left < 0 {
                ExceptionState::Expired
            } else if verdict::of_diff(&exception.rule)
                && !used.contains(exception.pointer.as_str())
            {
                ExceptionState::Stale
            } else if days_left <= SOON {
                ExceptionState::Expiring
            } else {
                ExceptionState::Active
            };
            (new || state != ExceptionState::Active).then(|| ExceptionNote {
                rule: exception.rule.clone(),
                scope: exception.scope.clone(),
                reason: exception.reason.clone(),
                owner: exception.owner.clone(),
                expires: exception.expires,
                new,
                state,
                days_left,
                source: self.source(&exception.pointer),
            })
        });
        Ok(notes.collect())
    }
}

/// An address without its instance key.
fn plain(address: &str) -> &str {
    address.split('[').next().unwrap_or(address)
}

/// Whether an exception covers a finding. One of a critical finding names the rule and the scope in
/// full, as all do; there are no wildcards.
fn covers(exception: &ExceptionSpec, finding: &Finding, scope: &str) -> bool {
    let witness = finding.witness.as_ref();
    let action = exception
        .action
        .as_ref()
        .is_none_or(|action| witness.is_some_and(|w| w.action.eq_ignore_ascii_case(action)));
    let resource = exception.resource.as_ref().is_none_or(|resource| {
        *resource == finding.address || witness.is_some_and(|w| w.resource == *resource)
    });
    exception.rule == finding.rule
        && exception.scope == scope
        && exception.expires >= pipeline::today()
        && action
        && resource
}
