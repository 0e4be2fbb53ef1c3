//! Findings as diagnostics, for the formats that those already have.

use std::collections::BTreeMap;

use super::{ExceptionState, Report, fingerprint, subject};
use crate::diagnostic::{self, Diagnostic};
use crate::diff::{Direction, rules as table_rules};
use crate::guardrail::{self, ExceptionKind, Severity};

/// Annotations that GitHub shows of one level of one step are ten: nine, and one that says how many
/// more there are.
pub const MOST_ANNOTATIONS: usize = 9;

/// What opens something, or may, worst first; the rest too with `all`. Errors are what stops a run
/// whose gate stands at `level`.
pub fn diagnostics(report: &Report, level: Severity, all: bool) -> Vec<Diagnostic> {
    let mut list = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &report.findings {
        let opens = matches!(
            finding.direction,
            Direction::Widening | Direction::Undetermined
        );
        if finding.covered.is_some() || (!opens && !all) {
            continue;
        }
        let mut values = Vec::new();
        for (word, value) in [("before", &finding.before), ("after", &finding.after)] {
            if let Some(value) = value {
                let text = if value.redacted {
                    "(sensitive)"
                } else {
                    &value.text
                };
                values.push(format!("{word}: {text}"));
            }
        }
        let message = format!(
            "{} {}: {}{}",
            finding.direction,
            finding.severity,
            subject(finding),
            if finding.meaning.is_empty() {
                String::new()
            } else {
                format!(": {}", finding.meaning)
            }
        );
        let message = super::escape::terminal(&message);
        let mut diagnostic = if finding.gate().is_some_and(|s| s >= level) {
            Diagnostic::error(&finding.rule, message)
        } else if opens {
            Diagnostic::warning(&finding.rule, message)
        } else {
            Diagnostic::info(&finding.rule, message)
        };
        for value in values {
            diagnostic = diagnostic.note(super::escape::terminal(&value));
        }
        for (sign, lines) in [('+', &finding.gained), ('-', &finding.lost)] {
            for line in lines.iter().take(5) {
                let line = super::escape::terminal(&line.to_string());
                diagnostic = diagnostic.note(format!("{sign} {line}"));
            }
        }
        if !finding.environments.is_empty() {
            diagnostic =
                diagnostic.note(format!("environments: {}", finding.environments.join(", ")));
        }
        let (file, line) = match (&finding.source, &finding.location) {
            (Some(source), _) => (source.file.as_str(), source.line),
            (None, Some(location)) => (location.file.as_str(), location.line),
            (None, None) => (report.manifest.as_str(), 1),
        };
        diagnostic = diagnostic.at_line(super::escape::terminal(file), line);
        // Environments that differ in their values have a finding each: services drop repetitions.
        let print = fingerprint(finding);
        let count = seen.entry(print.clone()).or_default();
        *count += 1;
        diagnostic.fingerprint = Some(match *count {
            1 => print,
            count => format!("{print}:{count}"),
        });
        diagnostic.score = Some(score(finding.severity));
        list.push(diagnostic);
    }
    for exception in &report.exceptions {
        let (kind, says) = match exception.state {
            ExceptionState::Expired => (ExceptionKind::Expired, exception.says()),
            ExceptionState::Stale if all => (ExceptionKind::Stale, exception.says()),
            _ => continue,
        };
        let message = format!(
            "the exception to {} for {} {says}; {} decides whether it stays",
            exception.rule, exception.scope, exception.owner
        );
        let message = super::escape::terminal(&message);
        let diagnostic = match kind {
            ExceptionKind::Expired if kind.severity() >= level => {
                Diagnostic::error(kind.code(), message)
            }
            ExceptionKind::Expired => Diagnostic::warning(kind.code(), message),
            _ => Diagnostic::info(kind.code(), message),
        };
        list.push(match &exception.source {
            Some(source) => diagnostic.at_line(super::escape::terminal(&source.file), source.line),
            None => diagnostic.at_line(super::escape::terminal(&report.manifest), 1),
        });
    }
    for not in &report.not_checked {
        list.push(
            Diagnostic::warning(
                "SLG-DIFF-NOT-CHECKED",
                super::escape::terminal(&format!("not checked: {}: {}", not.check, not.reason)),
            )
            .at_line(super::escape::terminal(&report.manifest), 1),
        );
    }
    list
}

/// As code scanning ranks severities (GitHub docs, "SARIF support for code scanning").
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// What each rule stands for.
pub fn rules() -> Vec<diagnostic::Rule> {
    let mut list: Vec<diagnostic::Rule> = table_rules()
        .into_iter()
        .map(|rule| match guardrail::rule(&rule.id) {
            Some(known) => diagnostic::Rule {
                id: rule.id,
                title: known.meta.title.to_owned(),
                help: known.meta.fix.to_owned(),
            },
            None => diagnostic::Rule {
                id: rule.id,
                title: rule.means,
                help: "Look at the change: it is meant, or it is undone.".to_owned(),
            },
        })
        .collect();
    for (kind, title) in [
        (
            ExceptionKind::Expired,
            "the last day of an exception is over",
        ),
        (ExceptionKind::Stale, "an exception covers nothing"),
    ] {
        list.push(diagnostic::Rule {
            id: kind.code().to_owned(),
            title: title.to_owned(),
            help: "Take it out, or set a new last day.".to_owned(),
        });
    }
    list.push(diagnostic::Rule {
        id: "SLG-DIFF-NOT-CHECKED".to_owned(),
        title: "something could not be checked".to_owned(),
        help: "Give what is missing and run it again.".to_owned(),
    });
    list
}
