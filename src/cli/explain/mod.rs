//! `slgen explain`: why something is there, and which manifest line asked for it.

mod action;
mod address;
mod answer;
mod place;
mod request;
mod rule;

use clap::Args;

use super::{Cli, Failure, Format, Status, pipeline, say};
use crate::diagnostic::Diagnostic;
use crate::iam::ledger::Recorded;
use answer::Answer;
pub(super) use answer::Asked;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A rule (SLG-IAM-002, or one of the blueprint's policies), an IAM action (dynamodb:Scan), a resource (`aws_sqs_queue.jobs`), or a
    /// line of generated code (infra/orders/kms.tf:12).
    #[arg(required_unless_present = "request")]
    what: Option<String>,
    /// A request as JSON, as `permissions --against` writes its witness: {"action": …, "resource": …, "context": {…}}.
    /// Which line allows or denies it, to the function named, or to anyone; with "principal" by the policies on
    /// resources.
    #[arg(long, value_name = "JSON")]
    request: Option<String>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let what = arguments.what.as_deref().unwrap_or_default();
    let answer = if let Some(request) = &arguments.request {
        request::explain(&Stack::open(cli)?, request, arguments.what.as_deref())
    } else if what.to_ascii_uppercase().starts_with("SLG-") {
        rule::explain(what)
    } else if let Some((file, line)) = place::parse(what) {
        place::explain(&Stack::open(cli)?, file, line)
    } else if let Some((service, operation)) = action::parse(what) {
        // Facts need no manifest; who has the action does.
        action::explain(service, operation, Stack::open(cli).ok().as_ref())
    } else {
        let stack = Stack::open(cli)?;
        match stack.prepared.verdict.custom(what) {
            Some(rule) => Ok(rule::custom(rule)),
            None => address::explain(&stack, what),
        }
    }
    .map_err(|message| Diagnostic::error("SLG-EXPLAIN-001", message))?;
    say(&if cli.format == Format::Text {
        answer.to_string()
    } else {
        answer.json().to_string() + "\n"
    });
    Ok(Status::Done)
}

/// The generated stack, with its ledger.
struct Stack {
    prepared: pipeline::Prepared,
    ledger: Recorded,
}

impl Stack {
    fn open(cli: &Cli) -> Result<Self, Failure> {
        let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
        let ledger = prepared.ledger()?;
        Ok(Self { prepared, ledger })
    }
}
