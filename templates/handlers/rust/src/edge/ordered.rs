//! Records of a shard: in their order, and from the first that failed on they come again.

use std::time::Duration;

use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};

use super::errors::Fault;
use super::pushed::{is_id, records, tell, text};
use super::{left, spare, within};

/// What a record needs at least; the rest of the batch is left for another invocation.
const RESERVE: Duration = Duration::from_secs(2);

/// What the records of a stream are known by.
pub struct Stream {
    pub service: &'static str,
    /// Where in a record its number in the shard stands, as a JSON pointer.
    pub number: &'static str,
    /// Whether an ARN is that of the stream.
    pub has: fn(&str) -> bool,
}

impl Stream {
    /// The records of a batch, if each has an identifier and a number and is of the stream.
    fn records<'a>(&self, event: &'a Value) -> Option<&'a Vec<Value>> {
        let is_ours = |record: &Value| {
            let arn = text(record, "/eventSourceARN");
            is_id(text(record, self.number))
                && is_id(text(record, "/eventID"))
                && text(record, "/eventSource") == self.service
                && arn.starts_with("arn:")
                && (self.has)(arn)
        };
        records(event).filter(|records| records.iter().all(is_ours))
    }
}

/// Handles record by record; the first that failed is named, and Lambda goes on from there.
pub async fn in_order(
    event: LambdaEvent<Value>,
    stream: &Stream,
    handle: impl AsyncFn(&Value, Duration) -> Result<(), Fault>,
) -> Value {
    let (event, context) = event.into_parts();
    let failed = |number: &str| json!({ "batchItemFailures": [{ "itemIdentifier": number }] });
    let Some(records) = stream.records(&event) else {
        let fault = Fault::Refused("this is no batch of the stream");
        tell(&context, &Err(fault));
        // An empty identifier hands the whole batch back.
        return failed("");
    };
    for record in records {
        let handled = async {
            let time = spare(left(&context), RESERVE)?;
            within(time, handle(record, time)).await
        };
        let handled = handled.await;
        tell(&context, &handled);
        if handled.is_err() {
            return failed(text(record, stream.number));
        }
    }
    json!({ "batchItemFailures": [] })
}
