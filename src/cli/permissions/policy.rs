//! `slgen permissions --policy`: what a policy allows and risks, and what a change of it newly allows.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use camino::Utf8Path;
use serde_json::{Value, json};

use super::super::{Cli, Failure, Format, Status, say};
use super::{analysis, pretty};
use crate::diagnostic::Diagnostic;
use crate::iam::{Document, Grants, Request, Verdict, new_access, new_resource_access};

/// Analyses a policy, or compares it with what it was before.
pub(super) fn run(
    cli: &Cli,
    policy: &Utf8Path,
    against: Option<&Utf8Path>,
) -> Result<Status, Failure> {
    let (directory, format) = (cli.directory.as_path(), cli.format);
    match against {
        None if directory.join(policy).is_dir() => analysis::tree(directory, policy, format),
        None => {
            analysis::file(policy, read(directory, policy)?, format);
            Ok(Status::Done)
        }
        Some(old) => {
            let new = read(directory, policy)?;
            Ok(compare(read(directory, old)?, new, format))
        }
    }
}

fn read(directory: &Utf8Path, file: &Utf8Path) -> Result<Document, Failure> {
    let failure = |message: String| {
        Failure::from(
            Diagnostic::error("SLG-POLICY-001", message)
                .help("a JSON policy document: {\"Version\": \"2012-10-17\", \"Statement\": […]}"),
        )
    };
    let text = std::fs::read_to_string(directory.join(file))
        .map_err(|error| failure(format!("{file}: {error}")))?;
    Document::parse(&text).map_err(|error| failure(format!("{file}: {error}")))
}

/// Answers the new-access question. Policies that name principals are compared as policies on a resource.
fn compare(old: Document, new: Document, format: Format) -> Status {
    let principals = old.names_principals() || new.names_principals();
    let (old, new) = (Grants::of([old]), Grants::of([new]));
    let verdict = if principals {
        new_resource_access(&old, &new)
    } else {
        new_access(&old, &new)
    };
    match format {
        Format::Text => say(&verdict_text(&verdict)),
        _ => say(&pretty(&verdict_json(&verdict))),
    }
    match verdict {
        Verdict::No => Status::Done,
        Verdict::Yes(_) | Verdict::Unknown(_) => Status::Gate,
    }
}

pub(super) fn verdict_json(verdict: &Verdict) -> Value {
    let (word, witness, reason) = match verdict {
        Verdict::Yes(request) => (
            "yes",
            witness_json(request),
            json!("this request is allowed now and was not before"),
        ),
        Verdict::No => (
            "no",
            Value::Null,
            json!("every request that is allowed now was allowed before"),
        ),
        Verdict::Unknown(reason) => ("unknown", Value::Null, json!(reason)),
    };
    json!({"schema": "slgen.new-access/1", "verdict": word, "witness": witness, "reason": reason})
}

fn witness_json(request: &Request) -> Value {
    let mut witness = json!({
        "action": request.action,
        "resource": request.resource,
        "context": request.context.to_value(),
    });
    if let Some(caller) = &request.caller {
        witness["principal"] = json!(caller.text());
    }
    witness
}

pub(super) fn verdict_text(verdict: &Verdict) -> String {
    match verdict {
        Verdict::No => "no new access\n".to_owned(),
        Verdict::Unknown(reason) => format!("unknown, to be treated as new access: {reason}\n"),
        Verdict::Yes(request) => {
            let who = request
                .caller
                .as_ref()
                .map_or(String::new(), |caller| format!(" for {}", caller.text()));
            let mut text = format!(
                "new access: {} on {}{who}\n",
                request.action, request.resource
            );
            for (key, values) in request.context.iter() {
                text.push_str(&format!("  with {key} = {}\n", values.join(", ")));
            }
            text
        }
    }
}
