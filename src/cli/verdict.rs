//! What the guardrails found, as diagnostics that point at the manifest.

use camino::Utf8Path;

use crate::date::Date;
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::diff;
use crate::guardrail::{
    self, ExceptionFinding, ExceptionKind, ExceptionSpec, Finding, ReviewSpec, Verdict, rule,
};
use crate::manifest::Loaded;
use crate::service::Service;
use crate::service::model::Target;

/// The exceptions of a manifest from guardrails.
///
/// # Errors
/// A date that is none, which the loader has refused before.
pub(super) fn exceptions(loaded: &Loaded) -> Result<Vec<ExceptionSpec>, String> {
    let mut exceptions = all_exceptions(loaded)?;
    // Those from rules of other commands have nothing to cover here.
    exceptions.retain(|e| judged_by(&e.rule).is_none());
    Ok(exceptions)
}

/// Whether a rule is one of `slgen diff` alone.
pub(super) fn of_diff(rule: &str) -> bool {
    rule.starts_with("SLG-DIFF-")
}

/// The rule on vulnerabilities past their due date.
pub(super) const OVERDUE: &str = "SLG-VULN-001";

/// The command that judges by a rule, where it is not the guardrails.
pub(super) fn judged_by(rule: &str) -> Option<&'static str> {
    if of_diff(rule) {
        Some("diff")
    } else if rule.starts_with("SLG-VULN-") {
        Some("vulns")
    } else {
        None
    }
}

/// What is wrong with an exception from a rule of another command, as far as it shows without what that
/// command looks at.
pub(super) fn fault_elsewhere(
    exception: &ExceptionSpec,
    today: Date,
) -> Option<(ExceptionKind, String)> {
    let ExceptionSpec { rule, scope, .. } = exception;
    let known = rule == OVERDUE || diff::rules().iter().any(|known| known.id == *rule);
    let command = judged_by(rule).unwrap_or_default();
    if !known {
        let message = format!("`slgen {command}` has no rule {rule:?}");
        return Some((ExceptionKind::UnknownRule, message));
    }
    if rule == OVERDUE && exception.resource.is_none() {
        let message = format!(
            "the exception to {rule} for {scope} covers nothing: name the vulnerability, resource: CVE-…"
        );
        return Some((ExceptionKind::EmptyScope, message));
    }
    (today > exception.expires).then(|| {
        let message = format!(
            "the exception to {rule} for {scope} ended on {}; {} decides whether it is prolonged",
            exception.expires, exception.owner
        );
        (ExceptionKind::Expired, message)
    })
}

/// What is wrong with the exceptions from rules of other commands.
///
/// # Errors
/// As [`exceptions`].
pub(super) fn faults_elsewhere(loaded: &Loaded, today: Date) -> Result<Vec<Diagnostic>, String> {
    let exceptions = all_exceptions(loaded)?;
    let exceptions = exceptions.iter().filter(|e| judged_by(&e.rule).is_some());
    let faults = exceptions.filter_map(|exception| {
        let (kind, message) = fault_elsewhere(exception, today)?;
        let diagnostic = judged(kind.code(), kind.severity().gates(), &message);
        Some(diagnostic.at(loaded.span(&exception.pointer)))
    });
    Ok(faults.collect())
}

/// The exceptions of a manifest, those from rules of other commands among them.
///
/// # Errors
/// As [`exceptions`].
pub(super) fn all_exceptions(loaded: &Loaded) -> Result<Vec<ExceptionSpec>, String> {
    let exceptions = loaded.manifest.exceptions.iter().enumerate();
    exceptions
        .map(|(index, exception)| {
            Ok(ExceptionSpec {
                rule: exception.rule.clone(),
                scope: exception.scope.clone(),
                action: exception.action.clone(),
                resource: exception.resource.clone(),
                reason: exception.reason.clone(),
                owner: exception.owner.clone(),
                expires: exception.expires.parse()?,
                pointer: format!("/exceptions/{index}"),
            })
        })
        .collect()
}

/// The review that a manifest states.
///
/// # Errors
/// A date that is none, which the loader has refused before.
pub(super) fn review(loaded: &Loaded) -> Result<Option<ReviewSpec>, String> {
    let stated = loaded.manifest.review.as_ref();
    let spec = stated.map(|review| {
        Ok(ReviewSpec {
            last: review.last.parse()?,
            every_days: review.every_days,
            by: review.by.clone(),
        })
    });
    spec.transpose()
}

/// What each guardrail stands for, for reports that carry it.
pub(super) fn descriptions() -> Vec<diagnostic::Rule> {
    let rules = guardrail::rules().iter().map(|rule| diagnostic::Rule {
        id: rule.meta.id.to_owned(),
        title: rule.meta.title.to_owned(),
        help: rule.meta.fix.to_owned(),
    });
    rules.collect()
}

/// Everything the guardrails have to say, worst first. `pointer` gives the manifest's JSON pointer
/// of a Terraform address.
pub(super) fn diagnostics(
    verdict: &Verdict,
    loaded: &Loaded,
    out: &Utf8Path,
    pointer: &dyn Fn(&str) -> Option<String>,
) -> Vec<Diagnostic> {
    let findings = verdict.findings.iter().map(|finding| {
        let mut told = of_finding(finding, loaded, out, pointer);
        if let Some(rule) = verdict.custom(&finding.rule) {
            told.title = Some(rule.title.clone());
            let policy = format!("policy: {}:{} of {}", rule.file, rule.line, rule.blueprint);
            told.notes.push(policy);
        }
        told
    });
    let exceptions = verdict
        .exception_findings
        .iter()
        .map(|finding| of_exception(finding, loaded));
    findings.chain(exceptions).collect()
}

/// Access lines whose last day is over: the policy grants nothing by them any more.
pub(super) fn expired(service: &Service, loaded: &Loaded, today: Date) -> Vec<Diagnostic> {
    let lines = service.expired(today);
    let told = lines.map(|(function, access)| {
        let what = match &access.target {
            Target::Resource { name, .. } => format!("to {name}"),
            Target::Function { name } => format!("to functions.{name}"),
            Target::Raw { .. } => "by a raw statement".to_owned(),
        };
        let day = access.until.map(|day| day.to_string()).unwrap_or_default();
        loaded.error(
            "SLG-ACCESS-001",
            &format!("{}/until", access.pointer),
            format!("the access of {function} {what} ended with {day}"),
            "remove the line, or set a new last day: until: YYYY-MM-DD",
        )
    });
    told.collect()
}

fn of_finding(
    finding: &Finding,
    loaded: &Loaded,
    out: &Utf8Path,
    pointer: &dyn Fn(&str) -> Option<String>,
) -> Diagnostic {
    let diagnostic = judged(&finding.rule, finding.severity.gates(), &finding.message);
    let diagnostic = match &finding.span {
        Some(span) => in_environments(
            diagnostic.at(Some(span.clone())).note(format!(
                "{}: {}",
                finding.severity,
                place(finding)
            )),
            finding,
        ),
        None => of_terraform(diagnostic, finding, loaded, out, pointer),
    };
    let of_rule = || rule(&finding.rule).map(|rule| rule.meta.fix);
    match finding.fix.as_deref().or_else(of_rule) {
        Some(fix) => diagnostic.help(fix),
        None => diagnostic,
    }
}

/// The same with its place: the manifest's line that asked for it.
fn of_terraform(
    diagnostic: Diagnostic,
    finding: &Finding,
    loaded: &Loaded,
    out: &Utf8Path,
    pointer: &dyn Fn(&str) -> Option<String>,
) -> Diagnostic {
    let span = pointer(&finding.address).and_then(|pointer| loaded.span(&pointer));
    let place = place(finding);
    let generated = match &finding.location {
        Some(location) => format!("{place} at {}:{}", out.join(&location.file), location.line),
        None => place,
    };
    let diagnostic = diagnostic
        .at(span)
        .note(format!("{}: {generated}", finding.severity));
    in_environments(diagnostic, finding)
}

/// Address and attribute.
fn place(finding: &Finding) -> String {
    match &finding.attribute {
        Some(attribute) => format!("{}.{attribute}", finding.address),
        None => finding.address.clone(),
    }
}

/// The same with the environments that it is found in.
fn in_environments(diagnostic: Diagnostic, finding: &Finding) -> Diagnostic {
    // What is the same everywhere names none.
    if finding.environments.is_empty() {
        return diagnostic;
    }
    diagnostic.note(format!("environments: {}", finding.environments.join(", ")))
}

fn of_exception(finding: &ExceptionFinding, loaded: &Loaded) -> Diagnostic {
    judged(
        finding.kind.code(),
        finding.kind.severity().gates(),
        &finding.message,
    )
    .at(loaded.span(&finding.pointer))
}

fn judged(code: &str, gates: bool, message: &str) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(code, message);
    if !gates {
        diagnostic.severity = Severity::Warning;
    }
    diagnostic
}
