//! Queues.

use serde_json::json;

use super::{About, Check, Reading, filled};
use crate::live::aws::read::{at, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
        "aws_sqs_queue_redrive_allow_policy",
    ],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("queue") {
        queue(reading, &name);
    }
}

fn queue(reading: &mut Reading, name: &str) {
    let about = About {
        check: "queue",
        on: name,
        kinds: CHECK.kinds,
    };
    let Some(found) = reading
        .ask(about, "sqs:GetQueueUrl", &[("QueueName", json!(name))])
        .found()
    else {
        return;
    };
    let url = text(&found, "QueueUrl").to_owned();
    let call = "sqs:GetQueueAttributes";
    let parameters = [("QueueUrl", json!(url)), ("AttributeNames", json!(["All"]))];
    let Some(found) = reading.ask(about, call, &parameters).found() else {
        return;
    };
    let queue = at(&found, "Attributes");
    let calls = ["sqs:GetQueueUrl", call];
    let attributes = json!({
        "id": url,
        "url": url,
        "name": name,
        "arn": at(queue, "QueueArn"),
        "kms_master_key_id": filled(text(queue, "KmsMasterKeyId")),
        "kms_data_key_reuse_period_seconds": at(queue, "KmsDataKeyReusePeriodSeconds"),
        "sqs_managed_sse_enabled": at(queue, "SqsManagedSseEnabled"),
        "message_retention_seconds": at(queue, "MessageRetentionPeriod"),
        "visibility_timeout_seconds": at(queue, "VisibilityTimeout"),
        "redrive_policy": filled(text(queue, "RedrivePolicy")),
    });
    reading.add(about, "aws_sqs_queue", name, &attributes, &calls);
    for (member, kind, attribute) in [
        ("Policy", "aws_sqs_queue_policy", "policy"),
        (
            "RedriveAllowPolicy",
            "aws_sqs_queue_redrive_allow_policy",
            "redrive_allow_policy",
        ),
    ] {
        let document = text(queue, member);
        if !document.is_empty() {
            let attributes = json!({ "id": url, "queue_url": url, attribute: document });
            reading.add(about, kind, name, &attributes, &calls);
        }
    }
}
