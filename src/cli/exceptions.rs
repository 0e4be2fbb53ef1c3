//! `slgen exceptions`.

use clap::Args;
use serde_json::json;

use super::{Cli, Failure, Format, Status, pipeline, say, verdict};
use crate::date::Date;
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
    let within = arguments.within.unwrap_or(SOON);
    let today = pipeline::today();
    let judged = verdict::exceptions(&prepared.loaded)?;
    let mut statuses = exceptions_status(&prepared.verdict, &judged, today, within).into_iter();
    // In the manifest's order; those from rules of other commands await these.
    let all: Vec<(ExceptionSpec, ExceptionStatus)> = verdict::all_exceptions(&prepared.loaded)?
        .into_iter()
        .enumerate()
        .filter_map(|(index, exception)| {
            let status = if verdict::judged_by(&exception.rule).is_some() {
                elsewhere(index, &exception, today, within)
            } else {
                statuses.next()?
            };
            Some((exception, status))
        })
        .collect();
    let listed = all
        .iter()
        .filter(|(_, s)| arguments.within.is_none() || s.state != ExceptionState::Active);
    if cli.format == Format::Text {
        listed.for_each(|(exception, status)| say(&text(status, exception)));
    } else {
        let list: Vec<_> = listed
            .map(|(exception, status)| {
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
                    "covers": verdict::judged_by(&exception.rule).is_none().then_some(status.covers),
                    "message": status.message,
                })
            })
            .collect();
        let document = json!({ "schema": "slgen.exceptions/1", "exceptions": list });
        say(&format!("{document}\n"));
    }
    let expired = |(_, status): &(_, ExceptionStatus)| status.state == ExceptionState::Expired;
    Ok(if all.iter().any(expired) {
        Status::Gate
    } else {
        Status::Done
    })
}

/// Where an exception from a rule of another command stands by its day.
fn elsewhere(index: usize, exception: &ExceptionSpec, today: Date, within: u32) -> ExceptionStatus {
    let days_left = today.days_until(exception.expires);
    let (state, message) = match verdict::fault_elsewhere(exception, today) {
        Some((kind, message)) => (kind.into(), message),
        None => (
            if days_left <= i64::from(within) {
                ExceptionState::Expiring
            } else {
                ExceptionState::Active
            },
            format!(
                "`slgen {}` says what it covers",
                verdict::judged_by(&exception.rule).unwrap_or_default()
            ),
        ),
    };
    ExceptionStatus {
        exception: index,
        state,
        days_left,
        covers: 0,
        message: Some(message),
    }
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
