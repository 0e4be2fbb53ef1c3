//! What invokes a function.

use indexmap::IndexMap;

use super::{Auth, ObjectEvent, StartingPosition, StreamView};

/// What invokes a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The kind and its settings.
    pub kind: TriggerKind,
    /// JSON Schema of the body or message, relative to the project root.
    pub schema: Option<String>,
    /// Patterns of path and query parameters, by name.
    pub params: IndexMap<String, String>,
    /// JSON pointer in the manifest.
    pub pointer: String,
}

/// Kinds of trigger.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerKind {
    /// An HTTP route.
    Http {
        /// `GET`, `POST`, …
        method: String,
        /// `/orders/{id}`.
        path: String,
        /// Authentication.
        auth: Auth,
        /// Scopes, sorted.
        scopes: Vec<String>,
    },
    /// Messages of a queue.
    Queue {
        /// Resource name.
        queue: String,
        /// Largest batch.
        batch: u32,
        /// Receives before the dead-letter queue.
        max_receives: u32,
        /// JSON Schema that messages are held against before the function runs.
        filter: Option<serde_json::Value>,
    },
    /// A time table.
    Schedule {
        /// `cron(…)`, `rate(…)`, `at(…)`.
        expression: String,
        /// IANA time zone.
        timezone: String,
    },
    /// Records of a stream.
    Stream(Stream),
    /// Messages of a topic.
    Topic {
        /// Resource name.
        topic: String,
        /// JSON Schema that messages are held against before the function runs.
        filter: Option<serde_json::Value>,
    },
    /// What happens to the objects of a bucket.
    Object {
        /// Resource name.
        bucket: String,
        /// What happened, sorted.
        events: Vec<ObjectEvent>,
        /// How the keys begin; may be empty.
        prefix: String,
        /// How the keys end; may be empty.
        suffix: String,
    },
    /// Events of a bus, of one source and type.
    Event {
        /// Resource name of the bus; the account's default bus when none.
        bus: Option<String>,
        /// Source.
        source: String,
        /// Detail type.
        detail_type: String,
    },
    /// Requests to the function's own URL, signed by principals of the account.
    Url {
        /// `GET`, `POST`, …
        method: String,
    },
}

impl TriggerKind {
    /// Whether the cloud hands events over and does not wait: what fails is repeated and then goes to the function's
    /// dead-letter queue.
    pub fn is_asynchronous(&self) -> bool {
        match self {
            Self::Http { .. } | Self::Queue { .. } | Self::Stream(_) | Self::Url { .. } => false,
            Self::Schedule { .. }
            | Self::Topic { .. }
            | Self::Object { .. }
            | Self::Event { .. } => true,
        }
    }

    /// Whether what fails goes to a dead-letter queue of the function itself.
    pub fn has_dead_letters(&self) -> bool {
        self.is_asynchronous() || matches!(self, Self::Stream(_))
    }
}

/// How a stream is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Resource name of a Kinesis stream, or of a table.
    pub source: String,
    /// What of an item stands in a table's stream; none for a Kinesis stream.
    pub view: Option<StreamView>,
    /// Largest batch.
    pub batch: u32,
    /// Seconds that a batch may fill.
    pub window_s: u32,
    /// Where reading begins.
    pub from: StartingPosition,
    /// Batches of a shard at a time.
    pub parallelization: u32,
    /// Seconds after which a record is given up.
    pub max_age_s: u32,
    /// Repetitions of what failed.
    pub max_retries: u32,
    /// JSON Schema that records are held against before the function runs.
    pub filter: Option<serde_json::Value>,
}
