//! For programs: `docs/schemas/slgen.diff-1.schema.json` describes it.

use serde_json::{Value as Json, json};

use super::{Report, TextChange, fingerprint};
use crate::diff::{Finding, Shown};

/// The report as JSON; no time in it, equal for equal inputs.
pub fn json(report: &Report) -> Json {
    let findings: Vec<Json> = report.findings.iter().map(finding).collect();
    json!({
        "schema": "slgen.diff/1",
        "subject": report.subject,
        "base": report.base,
        "head": report.head,
        "account": report.account,
        "sources": report.sources,
        "summary": report.summary(),
        "findings": findings,
        "exceptions": report.exceptions,
        "not_checked": report.not_checked,
        "notes": report.texts.iter().map(TextChange::says).chain(report.notes.iter().cloned()).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Json {
    let path = finding.steps();
    let shown = |value: &Option<Shown>| match value {
        None => Json::Null,
        Some(shown) if shown.redacted => Json::Null,
        Some(shown) => json!({ "value": shown.text }),
    };
    let both = || finding.before.iter().chain(&finding.after);
    json!({
        "id": fingerprint(finding),
        "rule": finding.rule,
        "direction": finding.direction,
        "severity": finding.severity,
        "kind": finding.kind,
        "address": finding.address,
        "path": path,
        "before": shown(&finding.before),
        "after": shown(&finding.after),
        "redacted": both().any(|s| s.redacted),
        "unknown": both().any(|s| s.unknown),
        "meaning": finding.meaning,
        "witness": finding.witness,
        "gained": finding.gained,
        "lost": finding.lost,
        "source": finding.source,
        "location": finding.location.as_ref().map(|l| json!({ "file": l.file, "line": l.line })),
        "environments": finding.environments,
        "upgrade": finding.upgrade,
        "ignored_by": finding.covered,
    })
}
