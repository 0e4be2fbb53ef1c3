//! The verdict: findings of all environments, folded, with the exceptions applied.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Check, CustomRule, Date, Finding, Input, Severity, check, rule};
use crate::threads;

/// A deliberate departure from one rule, as data.
///
/// It covers findings of its rule whose address lies in exactly its scope. A finding about an
/// action needs an exception that names that action; one without an action covers none of them, so
/// that an exception for one action never covers another; nor does one for a resource cover another
/// resource. The invariant is no rule and cannot be
/// excepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionSpec {
    /// Rule id.
    pub rule: String,
    /// Manifest scope: `functions.x`, `resources.y`, `api`, `service`.
    pub scope: String,
    /// Action, for rules about permissions.
    pub action: Option<String>,
    /// The one resource it covers: the ARN that a permission is for, as the finding gives it, a
    /// Terraform address, or a source file. Unsaid: every one in the scope.
    pub resource: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds, inclusive, UTC.
    pub expires: Date,
    /// JSON pointer in the manifest.
    pub pointer: String,
}

/// What is wrong with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// Its last day is over: it covers nothing any more.
    Expired,
    /// No rule has this id.
    UnknownRule,
    /// Nothing generated belongs to this scope.
    EmptyScope,
    /// The rule finds nothing there that the exception would cover.
    Stale,
}

impl ExceptionKind {
    /// Stable code for reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "SLG-EXCEPTION-EXPIRED",
            Self::UnknownRule => "SLG-EXCEPTION-UNKNOWN-RULE",
            Self::EmptyScope => "SLG-EXCEPTION-EMPTY-SCOPE",
            Self::Stale => "SLG-EXCEPTION-STALE",
        }
    }

    /// Severity. A stale exception warns: mending a fault must not break the build, and it is only
    /// judged on the environments at hand.
    pub fn severity(self) -> Severity {
        match self {
            Self::Expired => Severity::High,
            Self::UnknownRule | Self::EmptyScope => Severity::Medium,
            Self::Stale => Severity::Low,
        }
    }
}

/// A finding about an exception itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionFinding {
    /// What is wrong.
    pub kind: ExceptionKind,
    /// Index of the exception.
    pub exception: usize,
    /// JSON pointer of the exception in the manifest.
    pub pointer: String,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// What the rules say in the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Findings that no exception covers, worst first.
    pub findings: Vec<Finding>,
    /// Findings that an exception covers, with its index.
    pub excepted: Vec<(Finding, usize)>,
    /// Findings about exceptions, in the manifest's order.
    pub exception_findings: Vec<ExceptionFinding>,
    /// The rules of the organisation, which were asked, too.
    #[serde(skip)]
    pub custom: Vec<CustomRule>,
}

impl Verdict {
    /// Adds what is found besides the rules that [`judge`] asks.
    pub fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        self.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    }

    /// Lets findings of a rule be at least as bad as an organisation says.
    pub fn raise(&mut self, least: impl Fn(&str) -> Option<Severity>) {
        let excepted = self.excepted.iter_mut().map(|(finding, _)| finding);
        for finding in self.findings.iter_mut().chain(excepted) {
            if let Some(least) = least(&finding.rule) {
                finding.severity = finding.severity.max(least);
            }
        }
        self.add([]);
    }

    /// Whether anything stops the run (exit status 3): severity medium or above.
    pub fn gates(&self) -> bool {
        self.gating().next().is_some()
            || self
                .exception_findings
                .iter()
                .any(|f| f.kind.severity().gates())
    }

    /// The rule of the organisation with this id.
    pub fn custom(&self, id: &str) -> Option<&CustomRule> {
        self.custom.iter().find(|rule| rule.id == id)
    }

    /// Findings that stop the run.
    pub fn gating(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.severity.gates())
    }

    /// Findings that only warn.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| !f.severity.gates())
    }
}

/// Judges all environments. `others` are findings of other rules than those on graphs; `custom` are the rules of the
/// organisation, whose findings are among them.
///
/// `scopes` gives the manifest scope of a Terraform address; it is asked with the instance key
/// first and without it then. Settings that belong to no resource (`terraform`, `provider.…`) are
/// in scope `service`. `today` is the UTC day.
pub fn judge(
    inputs: &[Input<'_>],
    others: Vec<Finding>,
    custom: Vec<CustomRule>,
    exceptions: &[ExceptionSpec],
    scopes: &dyn Fn(&str) -> Option<String>,
    today: Date,
) -> Verdict {
    let mut verdict = Verdict {
        custom,
        ..Verdict::default()
    };
    let mut used = BTreeSet::new();
    let mut findings = found_in(inputs);
    findings.extend(others);
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    let found: Vec<(Finding, Option<String>)> = findings
        .into_iter()
        .map(|finding| {
            let scope = scope_of(&finding.address, scopes);
            (finding, scope)
        })
        .collect();
    for (finding, scope) in &found {
        let covering: Vec<usize> = exceptions
            .iter()
            .enumerate()
            .filter(|(_, e)| today <= e.expires && covers(e, finding, scope.as_deref()))
            .map(|(index, _)| index)
            .collect();
        match covering.first() {
            Some(&index) => verdict.excepted.push((finding.clone(), index)),
            None => verdict.findings.push(finding.clone()),
        }
        used.extend(covering);
    }
    let known_scopes: BTreeSet<String> = inputs
        .iter()
        .flat_map(|input| input.graph.resources.keys())
        .filter_map(|address| scope_of(&address.to_string(), scopes))
        .chain(std::iter::once("service".to_owned()))
        .collect();
    for (index, exception) in exceptions.iter().enumerate() {
        let fault = if rule(&exception.rule).is_none() && verdict.custom(&exception.rule).is_none()
        {
            let message = unknown_rule(&exception.rule, &verdict.custom);
            Some((ExceptionKind::UnknownRule, message))
        } else if today > exception.expires {
            Some((
                ExceptionKind::Expired,
                format!(
                    "the exception to {} for {} ended on {}; {} decides whether it is mended or prolonged",
                    exception.rule, exception.scope, exception.expires, exception.owner
                ),
            ))
        } else if !known_scopes.contains(&exception.scope) {
            Some((
                ExceptionKind::EmptyScope,
                format!("nothing generated belongs to scope {:?}", exception.scope),
            ))
        } else if used.contains(&index) {
            None
        } else {
            Some((ExceptionKind::Stale, stale(exception, &found)))
        };
        if let Some((kind, message)) = fault {
            verdict.exception_findings.push(ExceptionFinding {
                kind,
                exception: index,
                pointer: exception.pointer.clone(),
                message,
            });
        }
    }
    verdict
}

/// Findings of all environments.
fn found_in(inputs: &[Input<'_>]) -> Vec<Finding> {
    let found = threads::each(inputs.iter().collect(), check);
    fold(found.into_iter().flatten().collect())
}

/// Findings that differ in the environment only become one.
pub fn fold(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        a.order()
            .cmp(&b.order())
            .then_with(|| a.location.cmp(&b.location))
            .then_with(|| a.environments.cmp(&b.environments))
    });
    let mut folded: Vec<Finding> = Vec::new();
    for finding in findings {
        match folded.last_mut() {
            Some(last) if last.order() == finding.order() && last.location == finding.location => {
                last.environments.extend(finding.environments);
                last.environments.sort();
                last.environments.dedup();
            }
            _ => folded.push(finding),
        }
    }
    folded
}

fn scope_of(address: &str, scopes: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if ["service", "terraform"].contains(&address) || address.starts_with("provider.") {
        return Some("service".to_owned());
    }
    // A handler's source belongs to its function, which no Terraform address begins with.
    if address.starts_with("functions.") {
        return Some(address.to_owned());
    }
    scopes(address).or_else(|| {
        let (base, _) = address.split_once('[')?;
        scopes(base)
    })
}

fn covers(exception: &ExceptionSpec, finding: &Finding, scope: Option<&str>) -> bool {
    exception.rule == finding.rule
        && scope == Some(exception.scope.as_str())
        && match (&exception.action, &finding.action) {
            (None, None) => true,
            // IAM actions are the same whatever their case.
            (Some(of), Some(found)) => of.eq_ignore_ascii_case(found),
            _ => false,
        }
        && exception
            .resource
            .as_deref()
            .is_none_or(|of| finding.address == of || finding.resource.as_deref() == Some(of))
}

fn unknown_rule(id: &str, custom: &[CustomRule]) -> String {
    let closest = super::rules()
        .iter()
        .map(|rule| rule.meta.id)
        .chain(custom.iter().map(|rule| rule.id.as_str()))
        .map(|known| (strsim::damerau_levenshtein(known, id), known))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    match closest {
        Some((_, closest)) => format!("there is no rule {id:?}; did you mean {closest}?"),
        None => format!("there is no rule {id:?}"),
    }
}

/// Says what the exception would have to be, when it only misses by its action.
fn stale(exception: &ExceptionSpec, found: &[(Finding, Option<String>)]) -> String {
    let near = || {
        found.iter().filter(|(finding, scope)| {
            finding.rule == exception.rule && scope.as_deref() == Some(exception.scope.as_str())
        })
    };
    let resources: BTreeSet<&str> = near()
        .map(|(f, _)| f.resource.as_deref().unwrap_or(&f.address))
        .collect();
    let actions: BTreeSet<&str> = near().filter_map(|(f, _)| f.action.as_deref()).collect();
    let what = format!(
        "the exception to {} for {}",
        exception.rule, exception.scope
    );
    let misses_resource = exception.resource.is_some()
        && near().any(|(finding, scope)| {
            let any = ExceptionSpec {
                resource: None,
                ..exception.clone()
            };
            covers(&any, finding, scope.as_deref())
        });
    if misses_resource {
        let resources: Vec<&str> = resources.into_iter().collect();
        format!(
            "{what} covers nothing: the rule fires there for {}",
            resources.join(", ")
        )
    } else if !actions.is_empty() {
        let actions: Vec<&str> = actions.into_iter().collect();
        format!(
            "{what} covers nothing: the rule fires there for {}, and an exception names one action",
            actions.join(", ")
        )
    } else if rule(&exception.rule).is_some_and(|rule| matches!(rule.check, Check::Review)) {
        format!("{what} covers nothing: a review is held, not excepted, so take it out")
    } else if near().next().is_some() {
        format!("{what} covers nothing: findings of this rule have no action, so take it out")
    } else {
        format!("{what} covers nothing: the rule does not fire there, so take it out")
    }
}
