//! What invokes a function.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Auth;

/// A trigger: one kind key (`http`, `queue`, `schedule`, `stream`, `topic`, `object`, `event`, `url`) and its settings
/// beside it.
///
/// Exactly one of the kind keys is given; the loader refuses anything else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// `METHOD /path/{parameter}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Name of a queue resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// `cron(…)`, `rate(…)` or `at(…)`, as `EventBridge` Scheduler takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Name of a Kinesis stream, or of a table of the stack whose changes invoke the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Name of a topic resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Name of a bucket of the stack whose objects' events invoke the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Detail type of the events of an `EventBridge` bus, exactly as they carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Method that a function URL takes, for callers who sign with `SigV4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// http, url: authentication; http: where it differs from the API's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// http: scopes a token must hold one of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// http, queue, stream, topic, event, url: JSON Schema of the body, message, record, item or detail, relative to the
    /// manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// http, url: pattern of a path or query parameter, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub params: IndexMap<String, String>,
    /// queue, stream: largest number of messages or records in one invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// queue: receives before a message goes to the dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_receives: Option<u32>,
    /// queue, stream, topic: `schema` lets Lambda or SNS delete messages that cannot be of the schema before the function runs, without a
    /// trace and without the dead-letter queue; unsaid, every message reaches the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// schedule: IANA time zone; UTC when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// stream: seconds that Lambda waits for a batch to fill; 0 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u32>,
    /// stream: where reading begins; `trim_horizon` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StartingPosition>,
    /// stream: batches of one shard that are handled at a time; 1 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallelization: Option<u32>,
    /// stream: seconds after which a record is no longer handed to the function; 86400 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u32>,
    /// stream: repetitions before what failed goes to the dead-letter queue; 3 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
    /// stream of a table: what of a changed item stands in the stream; `new_image` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<StreamView>,
    /// object: what happened to the object; `[created]` when unsaid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ObjectEvent>,
    /// object: how the keys begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// object: how the keys end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// event: source of the events, exactly as they carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// event: name of an event bus resource; the account's default bus when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<String>,
}

/// What happened to an object of a bucket.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ObjectEvent {
    /// It was written: put, posted, copied, or its parts were put together.
    Created,
    /// It was deleted, or a marker says that it was.
    Removed,
}

/// Where reading of a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartingPosition {
    /// With the oldest record that is kept: none is left out.
    TrimHorizon,
    /// With what comes after the trigger was made; what comes meanwhile may be left out.
    Latest,
}

/// What of a changed item stands in a table's stream (`DynamoDB` API reference, `StreamSpecification`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamView {
    /// Its keys.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
}

/// What messages are held against before the function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// The trigger's schema, as far as Lambda can check it.
    Schema,
}

impl Trigger {
    /// Its kind key, when it has one.
    pub fn kind(&self) -> Option<&'static str> {
        let [kind] = self.kinds()[..] else {
            return None;
        };
        Some(kind)
    }

    /// Every kind key that it has: the loader takes one.
    pub fn kinds(&self) -> Vec<&'static str> {
        [
            ("http", &self.http),
            ("queue", &self.queue),
            ("schedule", &self.schedule),
            ("stream", &self.stream),
            ("topic", &self.topic),
            ("object", &self.object),
            ("event", &self.event),
            ("url", &self.url),
        ]
        .into_iter()
        .filter(|(_, given)| given.is_some())
        .map(|(kind, _)| kind)
        .collect()
    }

    /// All kind keys.
    pub const KINDS: [&'static str; 8] = [
        "http", "queue", "schedule", "stream", "topic", "object", "event", "url",
    ];
}
