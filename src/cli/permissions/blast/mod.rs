//! `slgen permissions --blast FUNCTION`: what code that runs as a function could reach.

mod fold;
mod mermaid;
mod text;

use serde_json::{Value as Json, json};

use super::super::pipeline;
use super::super::{Cli, Failure, Format, Status, say};
use super::{known, pretty};
use crate::iam::blast::Step;
use fold::{Folded, Row};

pub(super) fn run(cli: &Cli, function: &str) -> Result<Status, Failure> {
    let (prepared, environments) =
        pipeline::prepare_with_environments(&cli.directory, &cli.manifest)?;
    known(&prepared, function)?;
    let folded = fold::fold(&prepared, &environments, function)?;
    say(&match cli.format {
        Format::Text => text::text(&folded),
        Format::Markdown => text::markdown(&folded) + "\n" + &mermaid::block(&folded),
        _ => pretty(&json(&prepared.loaded.manifest.service, &folded)),
    });
    Ok(Status::Done)
}

/// `slgen.blast/1`.
fn json(service: &str, folded: &Folded) -> Json {
    let rows = |rows: &[Row]| -> Vec<Json> { rows.iter().map(row).collect() };
    let influences = folded.influences.iter().map(|influence| {
        json!({
            "function": influence.function,
            "through": influence.via,
            "environments": influence.environments,
            "reaches": rows(&influence.rows),
        })
    });
    json!({
        "schema": "slgen.blast/1",
        "service": service,
        "function": folded.function,
        "reaches": rows(&folded.rows),
        "influences": influences.collect::<Vec<_>>(),
        "notes": folded.notes,
    })
}

fn row(row: &Row) -> Json {
    json!({
        "chain": row.chain,
        "indirect": !row.chain.is_empty(),
        "class": row.class,
        "access": row.access,
        "on": row.label,
        "address": row.target,
        "resources": row.resources,
        "actions": row.actions,
        "environments": row.environments,
    })
}

/// `invokes x`, with the names of the manifest.
fn step(folded: &Folded, step: &Step) -> String {
    let subject = folded.label(step.subject());
    match step {
        Step::Invokes { .. } => format!("invokes {subject}"),
        Step::Changes { .. } => format!("changes the code of {subject}"),
        Step::Assumes { .. } => format!("assumes {subject}"),
        Step::Passes { to, usable, .. } => {
            let enough = if *usable {
                ""
            } else {
                ", and has no action known to make it take the role"
            };
            format!("passes {subject} to {}{enough}", to.join(" or "))
        }
    }
}
