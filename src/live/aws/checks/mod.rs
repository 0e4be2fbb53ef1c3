//! The checks, one file a service. Adding one is a file and a line here.

mod api;
mod dynamodb;
mod ec2;
mod ecr;
mod events;
mod firehose;
mod iam;
mod kinesis;
mod kms;
mod lambda;
mod logs;
mod policy;
mod s3;
mod secrets;
mod sns;
mod sqs;

use serde_json::Value as Json;

use super::reading::{About, Answer, Reading};

/// A check of one service.
pub(super) struct Check {
    /// Resource types that it looks for.
    pub(super) kinds: &'static [&'static str],
    /// Reads them.
    pub(super) run: fn(&mut Reading),
}

/// In order: functions first, as later checks look at what they use.
pub(super) const CHECKS: [Check; 15] = [
    lambda::CHECK,
    iam::CHECK,
    logs::CHECK,
    sqs::CHECK,
    sns::CHECK,
    s3::CHECK,
    kms::CHECK,
    ecr::CHECK,
    dynamodb::CHECK,
    kinesis::CHECK,
    secrets::CHECK,
    events::CHECK,
    api::CHECK,
    firehose::CHECK,
    ec2::CHECK,
];

/// A block that is there only when the value is.
fn block_if(value: &Json, block: Json) -> Json {
    let block = (!value.is_null()).then_some(block);
    Json::Array(block.into_iter().collect())
}

/// Null for empty text.
fn filled(text: &str) -> Json {
    if text.is_empty() {
        Json::Null
    } else {
        text.into()
    }
}

/// Text after the last separator.
fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}
