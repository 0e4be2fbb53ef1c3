//! `slgen doctor`: what slgen is, knows and finds around it. Asks nothing of any network.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

mod tools;

use camino::Utf8Path;
use serde_json::{Value, json};

use self::tools::Tool;
use super::pin::{Pins, State, pins};
use super::{Cli, Format, Status, say};
use crate::catalog::aws::{iam, quotas, runtimes};
use crate::catalog::timezones;
use crate::remote::Rule;
use crate::{graph, manifest, pin};

/// One thing that was looked at.
struct Line {
    part: &'static str,
    name: &'static str,
    /// What was found, for people.
    text: String,
    /// Something has to be done.
    problem: bool,
    /// For programs.
    data: Value,
}

pub(super) fn run(cli: &Cli) -> Status {
    let mut lines = facts();
    lines.extend(tools_found());
    lines.extend([manifest_found(cli), lock_found(cli), input(cli)]);
    let problems = lines.iter().filter(|line| line.problem).count();
    if cli.format == Format::Text {
        say(&text(&lines, problems));
    } else {
        say(&format!("{}\n", document(&lines, problems)));
    }
    if problems == 0 {
        Status::Done
    } else {
        Status::Error
    }
}

fn text(lines: &[Line], problems: usize) -> String {
    let mut text = format!("slgen {}\n", env!("CARGO_PKG_VERSION"));
    let mut part = "";
    for line in lines {
        if line.part != part {
            part = line.part;
            text.push_str(&format!("{part}\n"));
        }
        let mark = if line.problem { '!' } else { ' ' };
        text.push_str(&format!("{mark} {:16} {}\n", line.name, line.text));
    }
    text.push_str(&match problems {
        0 => "nothing is wrong\n".to_owned(),
        1 => "1 problem, marked with !\n".to_owned(),
        more => format!("{more} problems, marked with !\n"),
    });
    text
}

fn document(lines: &[Line], problems: usize) -> Value {
    let mut document = json!({
        "schema": "slgen.doctor/1",
        "version": env!("CARGO_PKG_VERSION"),
        "problems": problems,
    });
    for line in lines {
        let mut entry = line.data.clone();
        entry["problem"] = json!(line.problem);
        document[line.part][line.name] = entry;
    }
    document
}

/// What the binary carries, and of when.
fn facts() -> Vec<Line> {
    let oldest = quotas::quotas().iter().map(|quota| quota.as_of.as_str());
    let known = [
        ("iam", iam::vintage()),
        ("provider-schema", graph::schema::source()),
        ("runtimes", runtimes::as_of()),
        ("quotas", oldest.min().unwrap_or_default()),
        ("time-zones", timezones::release()),
    ];
    let known = known.into_iter();
    known
        .map(|(name, of)| Line {
            part: "facts",
            name,
            text: of.to_owned(),
            problem: false,
            data: json!({ "of": of }),
        })
        .collect()
}

/// Terraform or `OpenTofu` applies what is generated: one of them, of a supported version, is enough.
fn tools_found() -> Vec<Line> {
    let found = tools::look();
    let one = found.iter().any(|tool| tool.applies && tool.is_supported());
    let found = found.into_iter();
    found
        .map(|tool: Tool| Line {
            part: "tools",
            name: tool.name,
            text: tool.text(),
            problem: tool.applies && !one,
            data: tool.data(),
        })
        .collect()
}

fn manifest_found(cli: &Cli) -> Line {
    let path = cli.directory.join(&cli.manifest);
    let (state, problem) = match manifest::read(&path) {
        Err(_) if !path.exists() => ("missing", false),
        Err(_) => ("unreadable", true),
        Ok(text) => match manifest::load(&cli.manifest, &text) {
            Ok(loaded) if !loaded.has_errors() => ("found", false),
            _ => ("faulty", true),
        },
    };
    let advice = match state {
        "missing" | "found" => "",
        _ => ": run `slgen validate`",
    };
    project("manifest", &cli.manifest, state, advice, problem)
}

fn lock_found(cli: &Cli) -> Line {
    let file = cli.manifest.with_file_name(pin::FILE);
    let there = cli.directory.join(&file).exists();
    let (state, advice, problem) = match pins(cli, Rule::Offline) {
        Ok(Pins { state, .. }) => match state {
            State::Missing => ("missing", ": the values of this slgen hold", false),
            State::Current => ("current", "", false),
            State::Stale => ("stale", ": run `slgen pin`", true),
        },
        Err(_) if !there => ("missing", "", false),
        Err(_) => ("unreadable", ": run `slgen pin`, which says why", true),
    };
    project("lock", &file, state, advice, problem)
}

fn project(name: &'static str, file: &Utf8Path, state: &str, advice: &str, problem: bool) -> Line {
    Line {
        part: "project",
        name,
        text: format!("{file}: {state}{advice}"),
        problem,
        data: json!({ "file": file, "state": state }),
    }
}

fn input(cli: &Cli) -> Line {
    let refused = cli.input_refused();
    Line {
        part: "project",
        name: "input",
        text: refused.map_or("asked for".to_owned(), |why| {
            format!("never asked for: {why}")
        }),
        problem: false,
        data: json!({ "asked": refused.is_none(), "why": refused }),
    }
}
