//! Runs by a time table: each time once, and in the time that is left.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};

use super::errors::Fault;
use super::once::Once;
use super::validation::Schema;
use super::{left, spare, within};

const RESERVE: Duration = Duration::from_secs(5);

/// One run.
#[derive(Debug)]
pub struct Run {
    /// The time that it is for, where the schedule says it.
    pub time: Option<String>,
    until: Instant,
}

impl Run {
    /// Whether another step may begin.
    pub fn has_time(&self) -> bool {
        Instant::now() < self.until
    }
}

/// What the schedule starts.
pub struct Runs {
    schema: Schema,
    once: Once,
}

impl Runs {
    pub fn new(config: &SdkConfig) -> Result<Self, Fault> {
        // What the schedule sends; the time is the one that the run is for.
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "time": {
                    "type": "string",
                    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
                },
            },
        });
        Ok(Self {
            schema: Schema::of(&schema)?,
            once: Once::new(config)?,
        })
    }

    /// Does the work once; an event that is not the schedule's does nothing.
    pub async fn run<F>(
        &self,
        event: LambdaEvent<Value>,
        work: impl FnOnce(Run) -> F,
    ) -> Result<Value, Error>
    where
        F: Future<Output = Result<(), Fault>>,
    {
        let (event, context) = event.into_parts();
        let id = context.request_id.as_str();
        if let Err(fault) = self.schema.check(&event) {
            tracing::error!(request_id = id, %fault, "refused");
            return Ok(json!({ "status": "refused" }));
        }
        let time = event.get("time").and_then(Value::as_str);
        let run = async {
            let left = spare(left(&context), RESERVE)?;
            let run = Run {
                time: time.map(str::to_owned),
                until: Instant::now() + left,
            };
            // Without a time, what is repeated is known by its request.
            let key = time.unwrap_or(id);
            let work = async { work(run).await };
            within(left, self.once.run(key, left, work)).await
        };
        if let Err(fault) = run.await {
            tracing::error!(request_id = id, %fault, "failed");
            // An error, so that it is tried again and the alarm on errors hears of it.
            return Err(Fault::Failed("the run failed; the log says why").into());
        }
        tracing::info!(request_id = id, "done");
        Ok(json!({ "status": "done" }))
    }
}
