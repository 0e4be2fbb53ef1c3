//! Streams that functions read, and topics that they listen to.

use super::build::{Build, code};
use super::model::{Setting, StartingPosition, Stream, StreamView, Trigger, TriggerKind};
use super::reach::region_said;
use super::settings::places;
use crate::catalog::aws::{kinds, quotas::quota};
use crate::manifest::model;

/// Hours that a stream of the stack keeps records: a consumer that broke on a Friday loses nothing.
pub(super) const RETENTION_HOURS: u32 = 168;

const BATCH: u32 = 100;
/// A day: older records are no longer worth to hold up younger ones.
const MAX_AGE_S: u32 = 86_400;
/// What fails four times is looked at by a person; meanwhile its shard stands still.
const MAX_RETRIES: u32 = 3;

impl Build<'_> {
    /// The resource that a trigger listens to, when it is of one of these kinds.
    pub(super) fn source(
        &mut self,
        at: &str,
        name: &str,
        fitting: &[&str],
        no: &str,
    ) -> Option<&model::Resource> {
        let manifest = &self.loaded.manifest;
        let Some(resource) = manifest.resources.get(name) else {
            self.unknown(
                at,
                "/resources",
                format!("there is no resource `{name}`"),
                (name, manifest.resources.keys().map(String::as_str)),
                "declare it under resources",
            );
            return None;
        };
        if fitting.contains(&resource.kind.as_str()) {
            return Some(resource);
        }
        // An unknown kind is its own fault.
        if kinds::kind(&resource.kind).is_some() {
            let message = format!("`{name}` is a {}, {no}", resource.kind);
            let help = format!("name a resource of type {}", fitting.join(" or "));
            self.fault(code::UNKNOWN, at, message, help);
        }
        None
    }

    /// A stream trigger with its defaults.
    pub(super) fn stream(
        &mut self,
        function: &str,
        index: usize,
        at: &str,
        trigger: &model::Trigger,
        source: &str,
    ) -> Stream {
        let pointer = format!("{at}/stream");
        let kinds = ["kinesis_stream", "dynamodb_table"];
        let resource = self.source(&pointer, source, &kinds, "no stream").cloned();
        let is_table = resource
            .as_ref()
            .is_some_and(|r| r.kind == "dynamodb_table");
        if let Some(resource) = &resource {
            self.once(function, index, &pointer, source, |t| t.stream.as_deref());
            if is_table {
                self.table_stream(function, at, trigger, source, resource);
            } else {
                self.kinesis(at, trigger, source, resource);
            }
        }
        let filter = if is_table { None } else { trigger.filter };
        Stream {
            source: source.to_owned(),
            // The whole of what a schema can be held against, and nothing of what was there before.
            view: is_table.then(|| trigger.view.unwrap_or(StreamView::NewImage)),
            batch: trigger.batch.unwrap_or(BATCH),
            window_s: trigger.window_s.unwrap_or(0),
            from: trigger.from.unwrap_or(StartingPosition::TrimHorizon),
            parallelization: trigger.parallelization.unwrap_or(1),
            max_age_s: trigger.max_age_s.unwrap_or(MAX_AGE_S),
            max_retries: trigger.max_retries.unwrap_or(MAX_RETRIES),
            filter: filter.and_then(|_| self.filter(at, trigger)),
        }
    }

    /// The stream of a table: it has one view and few readers, and only the stack's own can be found.
    fn table_stream(
        &mut self,
        function: &str,
        at: &str,
        trigger: &model::Trigger,
        table: &str,
        resource: &model::Resource,
    ) {
        let pointer = format!("{at}/stream");
        if resource.existing.is_some() {
            self.fault(
                code::CONFLICT,
                &pointer,
                format!("`{table}` exists already: where its stream is, only AWS knows"),
                "read the table's changes in the service that owns it, or hand them on by a topic or queue",
            );
            return;
        }
        if trigger.filter.is_some() {
            self.fault(
                code::CONFLICT,
                &format!("{at}/filter"),
                "a filter would drop the records of items that were deleted: they carry keys alone",
                "remove filter: the handler checks the whole schema",
            );
        }
        let manifest = &self.loaded.manifest;
        let others: Vec<(&String, Option<model::StreamView>)> = manifest
            .functions
            .iter()
            .take_while(|(name, _)| name.as_str() != function)
            .flat_map(|(name, f)| f.triggers.iter().map(move |t| (name, t)))
            .filter(|(_, t)| t.stream.as_deref() == Some(table))
            .map(|(name, t)| (name, t.view))
            .collect();
        let view = |view: Option<model::StreamView>| view.unwrap_or(StreamView::NewImage);
        if let Some((other, _)) = others.iter().find(|o| view(o.1) != view(trigger.view)) {
            let message = format!("{other} reads `{table}` with another view: a table has one");
            let key = if trigger.view.is_some() {
                "view"
            } else {
                "stream"
            };
            self.fault(
                code::CONFLICT,
                &format!("{at}/{key}"),
                message,
                "give both the same view",
            );
        }
        let most = quota("table_stream_readers").value;
        if others.len() as u64 >= most {
            self.fault(
                code::QUOTA,
                &pointer,
                format!("more than {most} functions read the stream of `{table}`"),
                "let one of them hand the changes on by a topic",
            );
        }
    }

    fn kinesis(
        &mut self,
        at: &str,
        trigger: &model::Trigger,
        stream: &str,
        resource: &model::Resource,
    ) {
        if trigger.view.is_some() {
            self.fault(
                code::CONFLICT,
                &format!("{at}/view"),
                "only the stream of a table has a view",
                "remove it",
            );
        }
        let existing = resource.existing.as_deref().unwrap_or_default();
        let Some(region) = region_said(existing, resource.region.as_deref()) else {
            return;
        };
        let elsewhere = self.loaded.manifest.environments.iter();
        let elsewhere = elsewhere.filter(|(_, e)| e.region != region).map(|e| e.0);
        if let Some(environment) = elsewhere.min() {
            let message =
                format!("`{stream}` is in {region}, and the environment {environment} is not");
            let help = "Lambda reads streams of its own region: name the stream without one, or by ${region}";
            self.fault(code::CONFLICT, &format!("{at}/stream"), message, help);
        }
    }

    /// A topic that Lambda can listen to.
    pub(super) fn topic(&mut self, function: &str, index: usize, at: &str, topic: &str) {
        let Some(resource) = self.source(at, topic, &["sns_topic"], "no topic") else {
            return;
        };
        // SNS developer guide, "Message delivery for FIFO topics".
        if resource
            .existing
            .as_ref()
            .is_some_and(|name| name.strip_suffix(".fifo").is_some())
        {
            self.fault(
                code::CONFLICT,
                at,
                format!("`{topic}` is a FIFO topic, which hands messages to queues alone"),
                "subscribe a queue to it, and trigger the function by { queue: … }",
            );
        }
        self.once(function, index, at, topic, |t| t.topic.as_deref());
    }

    /// A function listens to a source once.
    fn once(
        &mut self,
        function: &str,
        index: usize,
        at: &str,
        source: &str,
        of: fn(&model::Trigger) -> Option<&str>,
    ) {
        let own = self.loaded.manifest.functions.get(function);
        let before = own.map_or(&[][..], |f| &f.triggers[..index.min(f.triggers.len())]);
        if before.iter().any(|t| of(t) == Some(source)) {
            self.fault(
                code::CONFLICT,
                at,
                format!("{function} is triggered by `{source}` already"),
                "keep one of the triggers",
            );
        }
    }

    /// Each batch of a shard that is handled at a time is an execution: a stream that is read by more than the
    /// function may run stands still.
    pub(super) fn shards(&mut self, name: &str, triggers: &[Trigger], concurrency: &Setting) {
        let path = format!("functions.{name}.concurrency");
        let least = places(&path, &concurrency.overrides)
            .map(|(_, count)| count)
            .chain([concurrency.default])
            .min()
            .unwrap_or(0);
        for trigger in triggers {
            let TriggerKind::Stream(stream) = &trigger.kind else {
                continue;
            };
            let pointer = format!("{}/parallelization", trigger.pointer);
            let most = quota("stream_parallelization").value;
            let possible = u64::from(stream.parallelization) <= most;
            if stream.parallelization > least && possible {
                self.fault(
                    code::CONFLICT,
                    &pointer,
                    format!(
                        "{} batches at a time, and {name} has {least} executions",
                        stream.parallelization
                    ),
                    "reserve more: concurrency, or lower parallelization",
                );
            }
        }
    }
}
