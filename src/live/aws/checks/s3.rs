//! Buckets.

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading, block_if, filled};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_s3_bucket",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_notification",
        "aws_s3_bucket_object_lock_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    ],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("bucket") {
        bucket(reading, &name);
    }
}

fn bucket(reading: &mut Reading, name: &str) {
    let about = About {
        check: "bucket",
        on: name,
        kinds: CHECK.kinds,
    };
    let call = "s3:GetBucketVersioning";
    let by_name = [("Bucket", json!(name))];
    let Some(found) = reading.ask(about, call, &by_name).found() else {
        return;
    };
    let arn = format!("arn:{}:s3:::{name}", reading.place.partition());
    let attributes = json!({ "id": name, "bucket": name, "arn": arn });
    reading.add(about, "aws_s3_bucket", name, &attributes, &[call]);
    // Never set reads back empty.
    let status = match text(&found, "Status") {
        "" => "Disabled",
        status => status,
    };
    let attributes =
        json!({ "id": name, "bucket": name, "versioning_configuration": [{ "status": status }] });
    reading.add(
        about,
        "aws_s3_bucket_versioning",
        name,
        &attributes,
        &[call],
    );
    for (call, kind, attributes) in PARTS {
        let kinds = [kind];
        let about = About {
            check: kind.trim_start_matches("aws_s3_"),
            kinds: &kinds,
            ..about
        };
        if let Answer::Found(found) = reading.ask(about, call, &by_name)
            && let Some(Json::Object(mut own)) = attributes(&found)
        {
            own.insert("id".to_owned(), json!(name));
            own.insert("bucket".to_owned(), json!(name));
            reading.add(about, kind, name, &Json::Object(own), &[call]);
        }
    }
}

/// Call, resource type, and its attributes; none where the answer says that it is not set.
type Part = (&'static str, &'static str, fn(&Json) -> Option<Json>);

const PARTS: [Part; 7] = [
    (
        "s3:GetPublicAccessBlock",
        "aws_s3_bucket_public_access_block",
        |found| {
            Some(json!({
                "block_public_acls": at(found, "BlockPublicAcls"),
                "block_public_policy": at(found, "BlockPublicPolicy"),
                "ignore_public_acls": at(found, "IgnorePublicAcls"),
                "restrict_public_buckets": at(found, "RestrictPublicBuckets"),
            }))
        },
    ),
    ("s3:GetBucketPolicy", "aws_s3_bucket_policy", |found| {
        Some(json!({ "policy": found.to_string() }))
    }),
    (
        "s3:GetBucketEncryption",
        "aws_s3_bucket_server_side_encryption_configuration",
        |found| {
            let rules: Vec<Json> = items(found, "Rule")
            .iter()
            .map(|rule| {
                let default = at(rule, "ApplyServerSideEncryptionByDefault");
                json!({
                    "bucket_key_enabled": at(rule, "BucketKeyEnabled").as_str().unwrap_or("false"),
                    "apply_server_side_encryption_by_default": block_if(default, json!({
                        "sse_algorithm": at(default, "SSEAlgorithm"),
                        "kms_master_key_id": filled(text(default, "KMSMasterKeyID")),
                    })),
                })
            })
            .collect();
            Some(json!({ "rule": rules }))
        },
    ),
    (
        "s3:GetBucketOwnershipControls",
        "aws_s3_bucket_ownership_controls",
        |found| {
            let rules: Vec<Json> = items(found, "Rule")
                .iter()
                .map(|rule| json!({ "object_ownership": at(rule, "ObjectOwnership") }))
                .collect();
            Some(json!({ "rule": rules }))
        },
    ),
    ("s3:GetBucketLogging", "aws_s3_bucket_logging", |found| {
        let enabled = at(found, "LoggingEnabled");
        (!enabled.is_null()).then(|| {
            json!({
                "target_bucket": at(enabled, "TargetBucket"),
                "target_prefix": text(enabled, "TargetPrefix"),
            })
        })
    }),
    (
        "s3:GetObjectLockConfiguration",
        "aws_s3_bucket_object_lock_configuration",
        |found| {
            let retention = at(found, "Rule.DefaultRetention");
            Some(json!({
                "object_lock_enabled": at(found, "ObjectLockEnabled"),
                "rule": block_if(retention, json!({
                    "default_retention": [{ "mode": at(retention, "Mode"), "days": at(retention, "Days"), "years": at(retention, "Years") }],
                })),
            }))
        },
    ),
    (
        "s3:GetBucketNotificationConfiguration",
        "aws_s3_bucket_notification",
        |found| {
            let targets = |member: &str, arn: &str, attribute: &str| -> Vec<Json> {
                items(found, member)
                .iter()
                .map(|one| json!({ "id": at(one, "Id"), attribute: at(one, arn), "events": items(one, "Event") }))
                .collect()
            };
            let filter = |one: &Json, name: &str| -> Json {
                let rules = items(at(one, "Filter.S3Key"), "FilterRule");
                let rule = rules
                    .iter()
                    .find(|r| text(r, "Name").eq_ignore_ascii_case(name));
                rule.map_or(Json::Null, |rule| at(rule, "Value").clone())
            };
            let eventbridge = found.get("EventBridgeConfiguration").is_some();
            let mut functions = targets(
                "CloudFunctionConfiguration",
                "CloudFunction",
                "lambda_function_arn",
            );
            let read = items(found, "CloudFunctionConfiguration");
            for (function, one) in functions.iter_mut().zip(&read) {
                function["filter_prefix"] = filter(one, "prefix");
                function["filter_suffix"] = filter(one, "suffix");
            }
            let queues = targets("QueueConfiguration", "Queue", "queue_arn");
            let topics = targets("TopicConfiguration", "Topic", "topic_arn");
            let nothing =
                !eventbridge && functions.is_empty() && queues.is_empty() && topics.is_empty();
            (!nothing).then(|| {
            json!({ "eventbridge": eventbridge, "lambda_function": functions, "queue": queues, "topic": topics })
        })
        },
    ),
];
