//! `slgen exceptions`.

use clap::Args;
use serde_json::json;

use super::{Cli, Failure, Format, Status, pipeline, say, verdict};
use crate::guardrail::{ExceptionSpec, ExceptionState, ExceptionStatus, exceptions_status};

/// Days before its end in which an exception is called expiring, unless told.
const SOON: u32 = 30;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only those that end within so many days (30d), or have something wrong with them.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    within: Option<u32>,
}

fn days(text: &str) -> Result<u32, String> {
    let digits = text.strip_suffix('d').unwrap_or(text);
    digits
        .parse()
        .map_err(|_| "write a number of days: 30d".to_owned())
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = pipeline::prepare_for(cli.environment(), &cli.directory, &cli.manifest)?;
    let exceptions = verdict::exceptions(&prepared.loaded)?;
    let within = arguments.within.unwrap_or(SOON);
    let today = pipeline::today();
    let statuses = exceptions_status(&prepared.verdict, &exceptions, today, within);
    let listed = statuses
        .iter()
        .zip(&exceptions)
        .filter(|(s, _)| arguments.within.is_none() || s.state != ExceptionState::Active);
    if cli.format == Format::Text {
        listed.for_each(|(status, exception)| say(&text(status, exception)));
    } else {
        let list: Vec<_> = listed
            .map(|(status, exception)| {
                json!({
                    "rule": exception.rule,
                    "scope": exception.scope,
                    "action": exception.action,
                    "resource": exception.resource,
                    "reason": exception.reason,
                    "owner": exception.owner,
                    "expires": exception.expires,
                    "state": status.state,
                    "days_left": status.days_left,
                    "covers": status.covers,
                    "message": status.message,
                })
            })
            .collect();
        let document = json!({ "schema": "slgen.exceptions/1", "exceptions": list });
        say(&format!("{document}\n"));
    }
    let expired = statuses.iter().any(|s| s.state == ExceptionState::Expired);
    Ok(if expired { Status::Gate } else { Status::Done })
}

fn text(status: &ExceptionStatus, exception: &ExceptionSpec) -> String {
    let state = match status.state {
        ExceptionState::Active => "active",
        ExceptionState::Expiring => "expiring",
        ExceptionState::Expired => "EXPIRED",
        ExceptionState::Stale => "stale",
        ExceptionState::UnknownRule => "unknown rule",
        ExceptionState::EmptyScope => "empty scope",
    };
    let left = match status.days_left {
        0 => "last day".to_owned(),
        1 => "1 day left".to_owned(),
        days if days < 0 => format!("{} days over", days.unsigned_abs()),
        days => format!("{days} days left"),
    };
    let action = exception.action.as_ref();
    let action = action.map_or(String::new(), |action| format!(" {action}"));
    let ExceptionSpec {
        rule,
        scope,
        reason,
        owner,
        expires,
        ..
    } = exception;
    let mut text = format!(
        "{state:12}  {rule}  {scope}{action}  until {expires} ({left})  {owner}\n              {reason}\n"
    );
    if let Some(message) = &status.message {
        text.push_str(&format!("              {message}\n"));
    }
    text
}
