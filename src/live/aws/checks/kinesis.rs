//! Streams.

use serde_json::{Value as Json, json};

use super::{About, Check, Reading, filled};
use crate::live::aws::read::{at, text};

pub(super) const CHECK: Check = Check {
    kinds: &["aws_kinesis_stream"],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("stream") {
        stream(reading, &name);
    }
}

fn stream(reading: &mut Reading, name: &str) {
    let about = About {
        check: "stream",
        on: name,
        kinds: CHECK.kinds,
    };
    let call = "kinesis:DescribeStreamSummary";
    let Some(found) = reading
        .ask(about, call, &[("StreamName", json!(name))])
        .found()
    else {
        return;
    };
    let stream = at(&found, "StreamDescriptionSummary");
    let encryption = match text(stream, "EncryptionType") {
        "" => Json::from("NONE"),
        method => method.into(),
    };
    let attributes = json!({
        "id": at(stream, "StreamARN"),
        "arn": at(stream, "StreamARN"),
        "name": name,
        "retention_period": at(stream, "RetentionPeriodHours"),
        "encryption_type": encryption,
        "kms_key_id": filled(text(stream, "KeyId")),
        "stream_mode_details": [{ "stream_mode": at(stream, "StreamModeDetails.StreamMode") }],
    });
    reading.add(about, "aws_kinesis_stream", name, &attributes, &[call]);
}
