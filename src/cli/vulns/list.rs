//! The register as a list, and as a gate.

use serde_json::json;

use super::Arguments;
use crate::cli::pipeline::Prepared;
use crate::cli::verdict::{OVERDUE, all_exceptions};
use crate::cli::{Cli, Failure, Format, Status, report, say};
use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::diff::report::escape;
use crate::guardrail::ExceptionSpec;
use crate::vulns::{Entry, FILE, Register};

/// Where a vulnerability stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Overdue,
    Open,
    Excepted,
    Fixed,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Open => "open",
            Self::Excepted => "excepted",
            Self::Fixed => "fixed",
        }
    }
}

/// A vulnerability with its state.
struct Row<'a> {
    entry: &'a Entry,
    state: State,
    days_left: i64,
}

pub(super) fn run(
    cli: &Cli,
    prepared: &Prepared,
    register: Option<Register>,
    arguments: &Arguments,
    on: Date,
) -> Result<Status, Failure> {
    let exceptions = all_exceptions(&prepared.loaded)?;
    let exceptions: Vec<&ExceptionSpec> = exceptions.iter().filter(|e| e.rule == OVERDUE).collect();
    let known = register.unwrap_or_default();
    let mut rows: Vec<Row<'_>> = known
        .vulnerabilities
        .iter()
        .map(|entry| row(entry, &exceptions, on))
        .collect();
    rows.retain(|row| arguments.all || row.state != State::Fixed);
    rows.sort_by(|a, b| {
        let order = |row: &Row<'_>| (row.state as u8, row.entry.due());
        order(a)
            .cmp(&order(b))
            .then(b.entry.severity.cmp(&a.entry.severity))
            .then(a.entry.cmp(b.entry))
    });
    let mut told = Vec::new();
    if arguments.check {
        told.extend(
            rows.iter()
                .filter(|row| row.state == State::Overdue)
                .map(|row| overdue(row, prepared)),
        );
        told.extend(ended(&exceptions, prepared, on));
    }
    let gates = !told.is_empty();
    let skipped = skipped(&known);
    told.extend(skipped.iter().cloned());
    match cli.format {
        Format::Text if rows.is_empty() && cli.is_quiet() => {}
        Format::Text => say(&text(&rows, &known)),
        Format::Markdown => say(&markdown(&rows)),
        Format::Json => say(&format!(
            "{}\n",
            escape::json(&json(&rows, &known).to_string())
        )),
        Format::Sarif | Format::Github | Format::Gitlab => {}
    }
    if !told.is_empty() {
        report(&told, &prepared.sources(), cli.format);
    }
    Ok(match (gates, arguments.check && !skipped.is_empty()) {
        (true, _) => Status::Gate,
        (false, true) => Status::Incomplete,
        (false, false) => Status::Done,
    })
}

fn row<'a>(entry: &'a Entry, exceptions: &[&ExceptionSpec], on: Date) -> Row<'a> {
    let due = entry.due();
    let state = if entry.fixed.is_some() {
        State::Fixed
    } else if excepted(entry, exceptions, on) {
        State::Excepted
    } else if on > due {
        State::Overdue
    } else {
        State::Open
    };
    Row {
        entry,
        state,
        days_left: on.days_until(due),
    }
}

/// Whether an exception that still holds covers it in every function that it is in.
fn excepted(entry: &Entry, exceptions: &[&ExceptionSpec], on: Date) -> bool {
    let covers = |scope: &str| {
        exceptions.iter().any(|exception| {
            let named = exception
                .resource
                .as_deref()
                .is_some_and(|id| entry.is_called(id));
            named && on <= exception.expires && exception.scope == scope
        })
    };
    let in_functions = !entry.functions.is_empty()
        && entry
            .functions
            .iter()
            .all(|name| covers(&format!("functions.{name}")));
    covers("service") || in_functions
}

/// Package and version, as they may be shown.
fn package(entry: &Entry) -> String {
    let version = entry.version.as_deref().unwrap_or("of unknown version");
    escape::terminal(&format!("{} {version}", entry.package))
}

fn overdue(row: &Row<'_>, prepared: &Prepared) -> Diagnostic {
    let entry = row.entry;
    let message = format!(
        "{} in {} was to be gone by {}, {} days ago",
        escape::terminal(&entry.id),
        package(entry),
        entry.due,
        row.days_left.unsigned_abs()
    );
    let pointer = match entry.functions.first() {
        Some(name) => format!("/functions/{}", crate::manifest::escape(name)),
        None => "/functions".to_owned(),
    };
    let help = format!(
        "update the package, or except it: {{ rule: {OVERDUE}, scope: …, resource: {}, reason: …, owner: …, expires: YYYY-MM-DD }}",
        escape::terminal(&entry.id)
    );
    Diagnostic::error(OVERDUE, message)
        .at(prepared.loaded.span(&pointer))
        .note(format!(
            "{}, first seen {}, owner: {}",
            entry.severity.name(),
            entry.first_seen,
            owner(entry)
        ))
        .help(help)
}

fn owner(entry: &Entry) -> String {
    escape::terminal(
        entry
            .owner
            .as_deref()
            .unwrap_or("nobody: name one in the manifest"),
    )
}

/// Exceptions whose last day is over.
fn ended(exceptions: &[&ExceptionSpec], prepared: &Prepared, on: Date) -> Vec<Diagnostic> {
    let over = exceptions.iter().filter(|exception| on > exception.expires);
    over.map(|exception| {
        let message = format!(
            "the exception to {OVERDUE} for {} ended on {}; {} decides whether it is prolonged",
            exception.scope, exception.expires, exception.owner
        );
        Diagnostic::error("SLG-EXCEPTION-EXPIRED", message)
            .at(prepared.loaded.span(&exception.pointer))
    })
    .collect()
}

/// What nobody looked at.
fn skipped(register: &Register) -> Vec<Diagnostic> {
    let warning = |message: String| {
        Diagnostic::warning("SLG-VULN-003", message)
            .help("scan, and import the report: slgen vulns import FILE")
    };
    if register.scans.is_empty() {
        return vec![warning(
            "no scan was ever imported: what is not scanned is unknown, never clean".to_owned(),
        )];
    }
    let each = register.scans.iter().flat_map(|scan| {
        let skipped = scan.skipped.iter();
        skipped.map(move |what| {
            warning(escape::terminal(&format!(
                "{} did not scan {what}",
                scan.tool
            )))
        })
    });
    each.collect()
}

fn text(rows: &[Row<'_>], register: &Register) -> String {
    let mut out = String::new();
    for row in rows {
        let entry = row.entry;
        let aliases = match entry.aliases.as_slice() {
            [] => String::new(),
            aliases => format!(" ({})", escape::terminal(&aliases.join(", "))),
        };
        let left = match (row.state, row.days_left) {
            (State::Fixed, _) => format!("since {}", entry.fixed.as_deref().unwrap_or_default()),
            (_, 0) => format!("due {}, the last day", entry.due),
            (_, left) if left < 0 => {
                format!("due {}, {} days over", entry.due, left.unsigned_abs())
            }
            (_, left) => format!("due {}, {left} days left", entry.due),
        };
        out.push_str(&format!(
            "{:8}  {:8}  {}{aliases}\n                    {}  {left}\n                    {}  {}\n",
            row.state.name(),
            entry.severity.name(),
            escape::terminal(&entry.id),
            package(entry),
            places(entry),
            owner(entry)
        ));
    }
    let open = rows.iter().filter(|row| row.state != State::Fixed).count();
    let scans: Vec<String> = register
        .scans
        .iter()
        .map(|scan| format!("{} on {}", escape::terminal(&scan.tool), scan.on))
        .collect();
    let scans = if scans.is_empty() {
        "no scan".to_owned()
    } else {
        scans.join(", ")
    };
    out.push_str(&format!("{open} open; last: {scans}\n"));
    out
}

fn places(entry: &Entry) -> String {
    match entry.functions.as_slice() {
        [] => "no function that can be told".to_owned(),
        functions => escape::terminal(&functions.join(", ")),
    }
}

fn markdown(rows: &[Row<'_>]) -> String {
    let mut out = "| state | severity | vulnerability | package | functions | due | owner |\n|---|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let entry = row.entry;
        let cells = [
            row.state.name().to_owned(),
            entry.severity.name().to_owned(),
            entry.id.clone(),
            package(entry),
            places(entry),
            entry.due.clone(),
            entry.owner.clone().unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| escape::markdown(cell)).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}

fn json(rows: &[Row<'_>], register: &Register) -> serde_json::Value {
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            let mut value = json!(row.entry);
            if let Some(object) = value.as_object_mut() {
                object.insert("state".to_owned(), json!(row.state.name()));
                object.insert("days_left".to_owned(), json!(row.days_left));
            }
            value
        })
        .collect();
    json!({ "schema": "slgen.vulns-list/1", "register": FILE, "scans": register.scans, "vulnerabilities": rows })
}
