//! Writes the report in the format that is asked for.
#![allow(clippy::disallowed_methods, reason = "it asks where to write")]

use std::io::Write as _;

use super::{Arguments, Level};
use crate::cli::{Cli, Format, say};
use crate::diagnostic::{
    Diagnostic, Severity, Sources, render_github, render_gitlab, render_sarif,
};
use crate::diff::report::{
    self, MOST_ANNOTATIONS, Report, WIDTH, diagnostics, escape, json, markdown, rule_descriptions,
    text,
};

/// GitHub drops a step's summary that is longer than 1 MiB.
const MOST_SUMMARY: usize = 900 * 1024;
/// Narrower terminals break the lines themselves.
const NARROWEST: usize = 40;

pub(super) fn write(cli: &Cli, arguments: &Arguments, report: &Report) {
    let level = arguments
        .fail_on
        .severity()
        .unwrap_or(crate::guardrail::Severity::Critical);
    let never = arguments.fail_on == Level::Never;
    // Without a gate nothing is an error.
    let found = |all: bool| -> Vec<Diagnostic> {
        let mut list = diagnostics(report, level, all);
        for diagnostic in list.iter_mut().filter(|_| never) {
            if diagnostic.severity == Severity::Error {
                diagnostic.severity = Severity::Warning;
            }
        }
        list
    };
    let none = Sources::default();
    match cli.format {
        Format::Text => {
            let choice = anstream::AutoStream::choice(&std::io::stdout());
            let color = choice != anstream::ColorChoice::Never;
            // Of the terminal, where there is one.
            let width = terminal_size::terminal_size_of(std::io::stdout());
            let width = width.map_or(WIDTH, |(width, _)| usize::from(width.0).max(NARROWEST));
            say(&text(report, color, cli.is_verbose(), width));
        }
        Format::Json => say(&escape::json(&format!("{:#}\n", json(report)))),
        Format::Markdown => say(&markdown(report)),
        Format::Sarif => {
            let log = render_sarif(&found(true), &none, &rule_descriptions());
            say(&escape::json(&format!("{log}\n")));
        }
        Format::Gitlab => {
            let list = render_gitlab(&found(false), &none, &escape::terminal(&report.manifest));
            say(&escape::json(&format!("{list}\n")));
        }
        Format::Github => {
            say(&render_github(&annotations(&found(false)), &none));
            summary(report);
        }
    }
}

/// The worst of each level, and how many more there are: GitHub drops the rest without a word.
fn annotations(list: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut kept = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let of_level: Vec<&Diagnostic> = list.iter().filter(|d| d.severity == severity).collect();
        kept.extend(of_level.iter().take(MOST_ANNOTATIONS).map(|d| (*d).clone()));
        if of_level.len() > MOST_ANNOTATIONS {
            let more = of_level.len() - MOST_ANNOTATIONS;
            let mut rest = of_level[MOST_ANNOTATIONS].clone();
            rest.message = format!("and {more} more: see the job's summary");
            rest.notes.clear();
            kept.push(rest);
        }
    }
    kept
}

/// Appends the report to the summary of the job, where there is one. That it cannot be written
/// changes no verdict.
fn summary(report: &Report) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") else {
        return;
    };
    let text = report::markdown(report);
    if text.len() > MOST_SUMMARY {
        return;
    }
    let file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path);
    if let Ok(mut file) = file {
        let _ = file.write_all(text.as_bytes());
    }
}
