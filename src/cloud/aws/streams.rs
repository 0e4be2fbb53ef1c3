//! Stream triggers: what the function's role needs to be fed from a stream, and how it is read.

use serde_json::{Value as Json, json};

use super::alarm::{self, Alarm};
use super::allow;
use super::builder::Builder;
use super::filter;
use super::names::{self, tf};
use super::policy::{Policy, Why};
use super::reference::{Limits, Reference};
use crate::catalog::aws::grants;
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Function, StartingPosition, Stream, StreamView, Trigger, TriggerKind};

/// The streams that a function reads.
fn of(function: &Function) -> impl Iterator<Item = (&Trigger, &Stream)> {
    function.triggers.iter().filter_map(|t| match &t.kind {
        TriggerKind::Stream(stream) => Some((t, stream)),
        _ => None,
    })
}

/// Lets the function's role read its streams: Lambda polls them as this role.
///
/// (Lambda developer guide, "Process Amazon Kinesis Data Streams records" and "Process `DynamoDB` records".)
pub(super) fn permissions(policy: &mut Policy, service: &Service, function: &Function) {
    for (trigger, stream) in of(function) {
        let Some(reference) = Reference::of(service, &stream.source) else {
            continue;
        };
        let (kind, grant, part) = match stream.view {
            Some(_) => ("dynamodb_stream", "consume", Some("stream")),
            None => ("kinesis_stream", "event_source", None),
        };
        let actions = grants::grant(kind, grant).map(allow::grant_actions);
        let limits = Limits {
            part,
            ..Limits::default()
        };
        let why = Why::asked(
            format!("reads the stream {}", stream.source),
            &trigger.pointer,
        );
        let actions = actions.unwrap_or_default();
        allow::allow_on(policy, &reference, &stream.source, &actions, &limits, &why);
    }
}

/// Contexts of `stream_mapping.tf`.
pub(super) fn mappings(
    builder: &mut Builder<'_>,
    name: &str,
    function: &Function,
    dlq: &str,
) -> Vec<Json> {
    let mut mappings = Vec::new();
    for (trigger, stream) in of(function) {
        let Some(reference) = Reference::of(builder.service, &stream.source) else {
            continue;
        };
        let pattern = stream
            .filter
            .as_ref()
            .and_then(|schema| filter::mapping(builder, trigger, "data", schema));
        let source_tf = tf(&stream.source);
        // The label of a table's stream is known when it is there.
        let source = match stream.view {
            Some(_) => Expr::raw(format!("aws_dynamodb_table.{source_tf}.stream_arn")),
            None => Expr::text(&reference.arn()),
        };
        let mut needs = vec![
            format!("aws_iam_role_policy.{}", tf(name)),
            format!("aws_sqs_queue.{}", tf(dlq)),
        ];
        if reference.owned && stream.view.is_none() {
            needs.push(format!("aws_kinesis_stream.{source_tf}"));
        }
        mappings.push(json!({
            "tf": format!("{}_{source_tf}", tf(name)),
            "function_tf": tf(name),
            "source_arn": source,
            "from": position(stream.from),
            "batch": stream.batch,
            "window_s": stream.window_s,
            "parallelization": stream.parallelization,
            "max_age_s": stream.max_age_s,
            "max_retries": stream.max_retries,
            "dlq_arn": Expr::text(&names::queue_arn(dlq)),
            "filtered": pattern.is_some(),
            "pattern": pattern,
            "depends_on": Expr::raw(format!("[{}]", needs.join(", "))),
        }));
    }
    mappings
}

/// Records that wait: the stream's reader is down, too slow, or held up by one record.
pub(super) fn alarms(name: &str, function: &Function) -> Vec<Alarm> {
    const LATE_MS: u32 = 900_000;
    let late = || {
        alarm::lambda(
            name,
            "lag",
            "IteratorAge",
            "Maximum",
            Expr::number(LATE_MS),
            format!(
                "{name} is 15 minutes behind its stream: it is too slow, or a record holds it up."
            ),
        )
    };
    of(function).take(1).map(|_| late()).collect()
}

/// What of changed items a table of the stack gives to its stream; none where no function reads it.
pub(super) fn view(service: &Service, table: &str) -> Option<&'static str> {
    let functions = service.functions.values();
    let view = functions
        .flat_map(of)
        .find(|(_, stream)| stream.source == table)
        .and_then(|(_, stream)| stream.view)?;
    Some(match view {
        StreamView::KeysOnly => "KEYS_ONLY",
        StreamView::NewImage => "NEW_IMAGE",
        StreamView::OldImage => "OLD_IMAGE",
        StreamView::NewAndOldImages => "NEW_AND_OLD_IMAGES",
    })
}

fn position(from: StartingPosition) -> &'static str {
    match from {
        StartingPosition::TrimHorizon => "TRIM_HORIZON",
        StartingPosition::Latest => "LATEST",
    }
}
