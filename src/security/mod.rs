//! `SECURITY.md`: what a stack opens, encrypts, logs and alarms, and who answers for what.
//!
//! What it says of the stack comes from the graphs that were read back, not from the service: it is
//! what Terraform makes of the files, whatever was meant. It is no Terraform itself and is rendered
//! last, so nothing depends on it. Reasons and owners come from the manifest, as only people know
//! them. It reads no clock: what has ended stops the run before anything is written.

mod aws;
mod checklist;
mod images;
mod sight;
mod skips;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde_json::{Value as Json, json};
use sight::Sight;

use crate::guardrail::{
    Check, ExceptionSpec, Finding, ReadBack, ReviewSpec, Rule, Verdict, rule, rules,
};
use crate::service::Service;
use crate::service::model::{Alerts, Archive, Package, Target, TriggerKind};

/// What the page is made of.
pub struct Subject<'a> {
    /// The service, for reasons and for what lies outside the stack.
    pub service: &'a Service,
    /// Path below the root module → text.
    pub files: &'a BTreeMap<Utf8PathBuf, String>,
    /// The stack as read back, once for each environment.
    pub environments: &'a [ReadBack],
    /// The manifest's exceptions.
    pub exceptions: &'a [ExceptionSpec],
    /// The review that the manifest states.
    pub review: Option<&'a ReviewSpec>,
    /// What the guardrails say, but for what they say of the day; of no use when it gates.
    pub verdict: &'a Verdict,
    /// Terraform of the user beside what is generated.
    pub own: &'a [OwnFile],
}

/// A file of Terraform that the user laid beside what is generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnFile {
    /// Its path below the root module.
    pub file: Utf8PathBuf,
    /// What it adds: addresses, modules, values.
    pub adds: Vec<String>,
    /// What it changes of what is generated.
    pub changes: Vec<String>,
    /// What of it was not judged.
    pub not_judged: Vec<String>,
}

/// The context of the template `security.md`. Texts are plain: the template escapes them.
pub fn context(subject: &Subject<'_>) -> Json {
    let service = subject.service;
    let sights: Vec<Sight<'_>> = subject
        .environments
        .iter()
        .map(|environment| Sight::new(&service.name, environment))
        .collect();
    let fold = |rows: fn(&Sight<'_>) -> Vec<sight::Row>| table(&sight::fold(&sights, rows));
    let triggers = || service.functions.values().flat_map(|f| &f.triggers);
    let has = json!({
        "api": service.api.is_some(),
        "images": service.functions.values().any(|f| f.package == Package::Image),
        "zips": service.functions.values().any(|f| f.package == Package::Zip),
        "network": service.functions.values().any(|f| f.network.is_some()),
        "queues": triggers().any(|t| matches!(
            t.kind,
            TriggerKind::Queue { .. } | TriggerKind::Stream(_) | TriggerKind::Topic { .. }
        )),
        "url": triggers().any(|t| matches!(t.kind, TriggerKind::Url { .. })),
        "events": triggers().any(|t| {
            matches!(t.kind, TriggerKind::Object { .. } | TriggerKind::Event { .. })
        }),
        "secrets": service.functions.values().any(|f| !f.secrets.is_empty()),
        "mail": matches!(service.alerts, Alerts::Email(_)),
        "central": matches!(service.logs.archive, Archive::Destination(_)),
        "state": service.state.is_some(),
        "outside": service.resources.values().any(|r| !r.is_ours()),
        "databases": service.resources.values().any(|r| r.database.is_some()),
    });
    json!({
        "service": service.name,
        "owner": service.owner.as_deref().unwrap_or("the team"),
        "checklist": table(&checklist::rows(subject, &sights, &has)),
        "has": has,
        "environments": table(&sights.iter().map(aws::environment).collect::<Vec<_>>()),
        "routes": fold(aws::entry_points::routes),
        "sources": fold(aws::entry_points::sources),
        "invokers": fold(aws::entry_points::invokers),
        "keys": fold(aws::encryption::keys),
        "encrypted": fold(aws::encryption::at_rest),
        "in_transit": fold(aws::encryption::in_transit),
        "log_groups": fold(aws::logs::groups),
        "archives": fold(aws::logs::archives),
        "access_logs": fold(aws::logs::access_logs),
        "alarms": fold(aws::alarms::alarms),
        "told": fold(aws::alarms::subscriptions),
        "images": table(&images::rows(service, subject.files)),
        "exceptions": table(&exceptions(subject)),
        "skips": table(&skips::rows(subject.files)),
        "raw": table(&raw(service)),
        "outside": table(&outside(service)),
        "checks": table(&checks(subject)),
        "rules": judging(subject).count(),
        "own": table(&own(subject)),
    })
}

/// Rows of cells for the template, and whether there are any.
fn table(rows: &[Vec<String>]) -> Json {
    json!({ "any": !rows.is_empty(), "rows": rows })
}

/// Rule, scope, reason, owner, last day, what it covers.
fn exceptions(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let rows = subject.exceptions.iter().enumerate();
    rows.map(|(index, exception)| {
        let title = match rule(&exception.rule) {
            Some(rule) => rule.meta.title,
            None => subject
                .verdict
                .custom(&exception.rule)
                .map_or("", |rule| &rule.title),
        };
        let narrowed = [&exception.action, &exception.resource];
        let scope: Vec<&str> = std::iter::once(exception.scope.as_str())
            .chain(narrowed.into_iter().flatten().map(String::as_str))
            .collect();
        let by_day = rule(&exception.rule).is_some_and(|r| matches!(r.check, Check::Calendar));
        let covered = subject.verdict.excepted.iter();
        let covered = covered
            .filter(|(_, by)| *by == index && !by_day)
            .map(|(f, _)| f);
        vec![
            format!("{}: {title}", exception.rule),
            scope.join(", "),
            exception.reason.clone(),
            exception.owner.clone(),
            exception.expires.to_string(),
            places(covered),
        ]
    })
    .collect()
}

/// Addresses that findings are about, with the file.
fn places<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let places: BTreeSet<String> = findings
        .map(|finding| match &finding.location {
            Some(location) => evidence(location.file.as_str(), &finding.address),
            None => finding.address.clone(),
        })
        .collect();
    places.into_iter().collect::<Vec<_>>().join("; ")
}

/// Where something is shown: lines would drift, addresses do not.
fn evidence(file: &str, address: &str) -> String {
    format!("{address} in {file}")
}

/// Function, actions, resources, reason, last day, place in the manifest.
fn raw(service: &Service) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (name, function) in &service.functions {
        for access in &function.access {
            let Target::Raw { statement, reason } = &access.target else {
                continue;
            };
            rows.push(vec![
                name.clone(),
                statement.actions.join(", "),
                statement.resources.join(", "),
                reason.clone(),
                access.until.map(|day| day.to_string()).unwrap_or_default(),
                access.pointer.clone(),
            ]);
        }
    }
    rows.sort();
    rows
}

/// What is used and not created: name, kind, what it is, its key.
fn outside(service: &Service) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = service
        .resources
        .iter()
        .filter_map(|(name, resource)| {
            let existing = resource.existing.as_ref();
            let what = match existing {
                Some(existing) => existing.name.clone(),
                None if resource.database.is_some() => places_of(service, name),
                None => return None,
            };
            let key = existing.and_then(|existing| existing.kms_key.as_deref());
            let key = key.unwrap_or("not said").to_owned();
            Some(vec![name.clone(), resource.kind.clone(), what, key])
        })
        .collect();
    rows.sort();
    rows
}

/// Where a database is, by environment.
fn places_of(service: &Service, name: &str) -> String {
    let places = service.environments.iter().filter_map(|(environment, e)| {
        let endpoint = e.databases.get(name)?;
        Some(format!("{environment}: {}", endpoint.id))
    });
    let mut places: Vec<String> = places.collect();
    places.sort();
    places.join(", ")
}

/// File, what it adds and changes, whether it was judged.
fn own(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let rows = subject.own.iter().map(|own| {
        let judged = match own.not_judged.as_slice() {
            [] => "yes".to_owned(),
            not => format!("not all of it: {}", not.join("; ")),
        };
        vec![
            own.file.to_string(),
            own.adds.join(", "),
            own.changes.join(", "),
            judged,
        ]
    });
    rows.collect()
}

/// Rule, what it refuses, what it stands for elsewhere, what became of it.
fn checks(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let rows = judging(subject).map(|rule| {
        let mut result = outcome(subject, rule);
        if result.is_empty() {
            result.push(unremarkable(subject, rule));
        }
        let meta = rule.meta;
        vec![
            meta.id.to_owned(),
            meta.title.to_owned(),
            meta.references.join("; "),
            result.join("; "),
        ]
    });
    rows.collect()
}

/// The rules that judged: those on Terraform of the user's own only where there is some.
fn judging(subject: &Subject<'_>) -> impl Iterator<Item = &'static Rule> {
    let any = !subject.own.is_empty();
    rules()
        .iter()
        .filter(move |rule| any || !matches!(rule.check, Check::Own))
}

/// What a rule found, and what of it is excepted.
fn outcome(subject: &Subject<'_>, rule: &Rule) -> Vec<String> {
    let (verdict, id) = (subject.verdict, rule.meta.id);
    let used = |index: usize| {
        let mut excepted = verdict.excepted.iter();
        excepted.any(|(finding, by)| *by == index && finding.rule == id)
    };
    // What depends on the day is said whether or not the day has come.
    let by_day = matches!(rule.check, Check::Calendar);
    let excepted: BTreeSet<String> = subject
        .exceptions
        .iter()
        .enumerate()
        .filter(|(index, exception)| {
            if by_day {
                exception.rule == id
            } else {
                used(*index)
            }
        })
        .map(|(_, exception)| {
            format!(
                "excepted for {} until {}",
                exception.scope, exception.expires
            )
        })
        .collect();
    let mut result: Vec<String> = excepted.into_iter().collect();
    let found = places(verdict.findings.iter().filter(|f| f.rule == id));
    if !found.is_empty() {
        result.push(format!("found: {found}"));
    }
    result
}

/// What is said of a rule that found nothing.
fn unremarkable(subject: &Subject<'_>, rule: &Rule) -> String {
    match rule.check {
        Check::Source if cfg!(not(feature = "source")) => "not checked".to_owned(),
        Check::Graph(_)
        | Check::Image(_)
        | Check::Workflow(_)
        | Check::Shipped
        | Check::Source
        | Check::Lockfile
        | Check::Own
        | Check::Calendar => "nothing found".to_owned(),
        Check::Review => subject.review.map_or_else(
            || "not covered: no review is stated".to_owned(),
            |review| format!("due by {}", review.due()),
        ),
    }
}
