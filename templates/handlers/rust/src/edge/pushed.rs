//! What events that AWS pushes have in common.

use lambda_runtime::Context;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::Fault;
use super::validation::{Schema, parse};

/// Identifiers of records and messages are shorter.
const MAX_ID: usize = 256;

/// The records of an event.
pub fn records(event: &Value) -> Option<&Vec<Value>> {
    event.get("Records")?.as_array()
}

/// The text at a JSON pointer; empty where there is none.
pub fn text<'a>(value: &'a Value, at: &str) -> &'a str {
    let text = value.pointer(at).and_then(Value::as_str);
    text.unwrap_or_default()
}

pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID
}

/// What a text says, if the schema takes it, as its type.
pub fn checked<T: DeserializeOwned>(schema: &Schema, text: Option<&str>) -> Result<T, Fault> {
    let value = parse(text)?;
    schema.check(&value)?;
    typed(&value)
}

/// A checked value as its type.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    T::deserialize(value).map_err(|_| Fault::Refused("it has another type"))
}

/// The region and the account that the function is in; empty where nothing tells.
pub fn place(context: &Context) -> (&str, &str) {
    let mut parts = context.invoked_function_arn.split(':').skip(3);
    let region = parts.next().unwrap_or_default();
    (region, parts.next().unwrap_or_default())
}

/// Logs how something ended, in words of ours.
pub fn tell(context: &Context, ended: &Result<(), Fault>) {
    let request_id = context.request_id.as_str();
    match ended {
        Ok(()) => tracing::info!(request_id, "handled"),
        Err(fault @ (Fault::Refused(_) | Fault::TooLarge)) => {
            tracing::warn!(request_id, %fault, "refused");
        }
        Err(fault) => tracing::error!(request_id, %fault, "failed"),
    }
}
