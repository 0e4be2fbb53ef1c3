//! Triggers that read streams or listen to topics, and the streams themselves.

use super::super::model::{Resource, Trigger};
use super::Check;
use crate::catalog::aws::kinds;
use crate::catalog::aws::quotas::quota;

impl Check<'_> {
    pub(super) fn stream(&mut self, at: &str, trigger: &Trigger) {
        self.needs_schema(
            at,
            "stream",
            trigger,
            "this stream's records have no schema",
        );
        for (key, value, what, least, most) in [
            ("batch", trigger.batch, "records", 1, "stream_batch"),
            (
                "window_s",
                trigger.window_s,
                "seconds",
                0,
                "event_source_batching_window_seconds",
            ),
            (
                "parallelization",
                trigger.parallelization,
                "batches of a shard at a time",
                1,
                "stream_parallelization",
            ),
            (
                "max_age_s",
                trigger.max_age_s,
                "seconds",
                60,
                "stream_record_age_seconds",
            ),
            (
                "max_retries",
                trigger.max_retries,
                "repetitions",
                0,
                "stream_retries",
            ),
        ] {
            let at = format!("{at}/{key}");
            self.within(&at, value, what, least, quota(most).value);
        }
    }

    pub(super) fn topic(&mut self, at: &str, trigger: &Trigger) {
        self.needs_schema(at, "topic", trigger, "this topic's messages have no schema");
    }

    /// How long a Kinesis stream keeps records.
    pub(super) fn retention(&mut self, at: &str, resource: &Resource) {
        let at = format!("{at}/retention_hours");
        let is_stream = resource.kind == "kinesis_stream";
        if resource.retention_hours.is_none() || kinds::kind(&resource.kind).is_none() {
            return;
        }
        if !is_stream || resource.existing.is_some() {
            let message = if is_stream {
                "slgen does not set the retention of a stream that exists already".to_owned()
            } else {
                format!("{} has no `retention_hours`", resource.kind)
            };
            self.fault("SLG-MANIFEST-008", &at, message, "remove it");
            return;
        }
        let most = quota("stream_retention_hours").value;
        self.within(&at, resource.retention_hours, "hours", 24, most);
    }

    fn needs_schema(&mut self, at: &str, kind: &str, trigger: &Trigger, message: &str) {
        if trigger.schema.is_none() && !self.loaded.is_doubtful(&format!("{at}/schema")) {
            self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/{kind}"),
                message,
                "add schema: with a JSON Schema of what arrives",
            );
        }
    }

    fn within(&mut self, at: &str, value: Option<u32>, what: &str, least: u64, most: u64) {
        if let Some(value) = value
            && !(least..=most).contains(&u64::from(value))
        {
            self.value(
                at,
                format!("{value} {what}; AWS takes {least} to {most}"),
                "choose a number between the two",
            );
        }
    }
}
