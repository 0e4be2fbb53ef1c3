//! Resources the stack owns: one file each, hardened alike. A kind is a template and a function here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::alarm::{self, Alarm};
use super::builder::Builder;
use super::names::{self, Factor, tf};
use super::object;
use super::policy::{Policy, Principal, Statement, Why};
use super::skips::{self, Fact};
use super::streams;
use crate::iam::{PolicyKind, Text};
use crate::render::Expr;
use crate::service::model::{Function, KeyType, Resource, Table, TriggerKind};

type Add = fn(&mut Builder<'_>, &str, &Resource);

/// Kind → what generates it.
const KINDS: [(&str, Add); 5] = [
    ("dynamodb_table", table),
    ("s3_bucket", bucket),
    ("sqs_queue", queue),
    ("sns_topic", topic),
    ("kinesis_stream", kinesis),
];

/// Adds the file of every resource the stack owns.
pub fn add(builder: &mut Builder<'_>) {
    let service = builder.service;
    for (name, resource) in service.resources.iter().filter(|(_, r)| r.is_ours()) {
        if let Some((_, add)) = KINDS.iter().find(|(kind, _)| *kind == resource.kind) {
            add(builder, name, resource);
        } else {
            builder.problem(
                &resource.pointer,
                format!("slgen cannot create a {}", resource.kind),
                "refer to one that exists: existing: <name or ARN>",
            );
        }
    }
}

fn file(
    builder: &mut Builder<'_>,
    prefix: &str,
    template: &'static str,
    name: &str,
    resource: &Resource,
    context: Json,
) {
    let path = format!("{prefix}_{}.tf", tf(name));
    builder.file(
        path,
        template,
        context,
        &format!("resources.{name}"),
        &resource.pointer,
    );
}

/// A Deny of everything that comes without TLS.
pub fn tls_only(sid: &str, action: &str, resources: impl IntoIterator<Item = Text>) -> Statement {
    Statement::deny(sid, [action], &Why::companion("only over TLS"))
        .by(Principal::Any)
        .on(resources)
        .when("Bool", "aws:SecureTransport", [Text::literal("false")])
}

fn table(builder: &mut Builder<'_>, name: &str, resource: &Resource) {
    let Some(Table {
        partition_key,
        sort_key,
        indexes,
    }) = &resource.table
    else {
        return;
    };
    let keys = indexes
        .values()
        .flat_map(|index| std::iter::once(&index.partition_key).chain(&index.sort_key))
        .chain(std::iter::once(partition_key))
        .chain(sort_key);
    let attributes: BTreeMap<&str, KeyType> =
        keys.map(|key| (key.name.as_str(), key.kind)).collect();
    let attributes: Vec<Json> = attributes
        .iter()
        .map(|(name, kind)| json!({ "name": name, "kind": kind }))
        .collect();
    let indexes: Vec<Json> = indexes
        .iter()
        .map(|(name, index)| {
            json!({
                "name": name,
                "partition_key": index.partition_key.name,
                "has_sort_key": index.sort_key.is_some(),
                "sort_key": index.sort_key.as_ref().map(|key| &key.name),
            })
        })
        .collect();
    let view = streams::view(builder.service, name);
    let context = json!({
        "tf": tf(name),
        "name": Expr::text(&names::full(name)),
        "partition_key": partition_key.name,
        "has_sort_key": sort_key.is_some(),
        "sort_key": sort_key.as_ref().map(|key| &key.name),
        "attributes": attributes,
        "indexes": indexes,
        "streamed": view.is_some(),
        "view": view,
    });
    file(builder, "table", "table.tf", name, resource, context);
}

/// Context that `bucket_guard.tf` and a bucket of the stack share; records the bucket's policy, and
/// that its access is logged.
pub fn guarded_bucket(builder: &mut Builder<'_>, name: &str) -> Json {
    let facts = skips::bucket_facts(builder.service);
    let policy = guarded(name, bucket_policy(name));
    builder
        .logged_buckets
        .push(names::bucket_arn(&names::bucket(name)));
    bucket_context(builder, name, policy, &facts)
}

/// The same for the bucket that receives the others' access logs.
pub fn access_log_bucket(builder: &mut Builder<'_>, name: &str) -> Json {
    let mut facts = skips::bucket_facts(builder.service);
    facts.insert(Fact::ReceivesAccessLogs);
    let delivery = Statement::allow(
        "Delivery",
        ["s3:PutObject"],
        &Why::companion("S3 delivers the access logs of the stack's buckets, and of no others"),
    )
    .by(Principal::Service(Text::literal(
        "logging.s3.amazonaws.com",
    )))
    .on([names::bucket_arn(&names::bucket(name)).then("/*")])
    .when(
        "ArnEquals",
        "aws:SourceArn",
        builder.logged_buckets.iter().cloned(),
    )
    .when(
        "StringEquals",
        "aws:SourceAccount",
        [Text::parse("{var.account_id}")],
    );
    let policy = guarded(name, bucket_policy(name).with(delivery));
    bucket_context(builder, name, policy, &facts)
}

fn bucket_context(
    builder: &mut Builder<'_>,
    name: &str,
    policy: Policy,
    facts: &BTreeSet<Fact>,
) -> Json {
    let allowed_by = object::allowed_by(builder.service, name);
    json!({
        "tf": tf(name),
        "name": Expr::text(&names::bucket(name)),
        "logged": !facts.contains(&Fact::ReceivesAccessLogs),
        "notifications": object::notifications(builder.service, name),
        "notified": !allowed_by.is_empty(),
        "notified_by": allowed_by,
        "skips": skips::of("aws_s3_bucket", facts),
        "policy": builder.policy(policy),
    })
}

fn bucket_policy(name: &str) -> Policy {
    Policy::new(format!("aws_s3_bucket.{}", tf(name)), PolicyKind::Resource)
}

/// The policy with what every bucket refuses.
fn guarded(name: &str, policy: Policy) -> Policy {
    let arn = names::bucket_arn(&names::bucket(name));
    let both = || [arn.clone(), arn.clone().then("/*")];
    let old_tls = Statement::deny(
        "OldTls",
        ["s3:*"],
        &Why::companion("only over TLS 1.2 or newer"),
    )
    .by(Principal::Any)
    .on(both())
    .when("NumericLessThan", "s3:TlsVersion", [Text::literal("1.2")]);
    policy
        .with(tls_only("InsecureTransport", "s3:*", both()))
        .with(old_tls)
}

fn bucket(builder: &mut Builder<'_>, name: &str, resource: &Resource) {
    let context = guarded_bucket(builder, name);
    file(builder, "bucket", "bucket.tf", name, resource, context);
}

fn topic(builder: &mut Builder<'_>, name: &str, resource: &Resource) {
    let arn = names::arn("sns").join(&names::full(name));
    let policy =
        builder.policy(
            Policy::new(format!("aws_sns_topic.{}", tf(name)), PolicyKind::Resource)
                .with(tls_only("InsecureTransport", "sns:Publish", [arn])),
        );
    let context =
        json!({ "tf": tf(name), "name": Expr::text(&names::full(name)), "policy": policy });
    file(builder, "topic", "topic.tf", name, resource, context);
}

fn kinesis(builder: &mut Builder<'_>, name: &str, resource: &Resource) {
    let refused = Alarm {
        tf: format!("{}_refused", tf(name)),
        name: format!("{name}-refused"),
        description: format!("{name} refused records: more is written than it takes."),
        namespace: Expr::string("AWS/Kinesis"),
        metric: Expr::string("WriteProvisionedThroughputExceeded"),
        dimensions: vec![("StreamName", Expr::text(&names::full(name)))],
        statistic: "Sum",
        threshold: Expr::number(1),
    };
    let context = json!({
        "tf": tf(name),
        "name": Expr::text(&names::full(name)),
        "retention_hours": resource.retention_hours,
        "alarms": [refused.context(&builder.topic)],
    });
    file(builder, "stream", "kinesis.tf", name, resource, context);
}

/// The function that reads a queue of the stack, and after how many receives a message is dead.
fn consumer<'a>(builder: &Builder<'a>, queue: &str) -> Option<(&'a str, &'a Function, u32)> {
    builder
        .service
        .functions
        .iter()
        .find_map(|(name, function)| {
            function
                .triggers
                .iter()
                .find_map(|trigger| match &trigger.kind {
                    TriggerKind::Queue {
                        queue: q,
                        max_receives,
                        ..
                    } if q == queue => Some((name.as_str(), function, *max_receives)),
                    _ => None,
                })
        })
}

fn queue(builder: &mut Builder<'_>, name: &str, resource: &Resource) {
    const RETENTION_S: u32 = 4 * 86_400;
    const DEFAULT_VISIBILITY_S: u32 = 180;
    const DEFAULT_MAX_RECEIVES: u32 = 5;
    let consumer = consumer(builder, name);
    // Six times the function's timeout (AWS Lambda developer guide, "Configuring a queue to use with Lambda").
    let visibility = consumer.map_or_else(
        || Expr::number(DEFAULT_VISIBILITY_S),
        |(function, f, _)| {
            names::share(
                &f.timeout_s,
                &names::variable(function, "timeout_s"),
                Factor { times: 6, over: 1 },
                30,
            )
        },
    );
    let dlq = format!("{name}-dlq");
    let age = alarm::sqs(
        name,
        "age",
        &names::full(name),
        "ApproximateAgeOfOldestMessage",
        Expr::number(900),
        format!(
            "The oldest message in {name} waits for 15 minutes: its consumer is down or too slow."
        ),
    )
    .context(&builder.topic);
    let letters = dead_letter_queue(
        builder,
        &dlq,
        &format!("messages of {name} that could not be handled"),
        None,
    );
    let context = json!({
        "header": true,
        "tf": tf(name),
        "name": Expr::text(&names::full(name)),
        "arn": Expr::text(&names::queue_arn(name)),
        "message_retention_s": RETENTION_S,
        "visibility_timeout_s": visibility,
        "has_dlq": true,
        "dlq_arn": Expr::text(&names::queue_arn(&dlq)),
        "max_receives": consumer.map_or(DEFAULT_MAX_RECEIVES, |(_, _, receives)| receives),
        "policy": queue_policy(builder, name, None),
        "alarms": [age],
        "dlq": [letters],
    });
    file(builder, "queue", "queue.tf", name, resource, context);
}

fn queue_policy(
    builder: &mut Builder<'_>,
    name: &str,
    senders: impl IntoIterator<Item = Statement>,
) -> Json {
    let mut policy = Policy::new(format!("aws_sqs_queue.{}", tf(name)), PolicyKind::Resource).with(
        tls_only("InsecureTransport", "sqs:*", [names::queue_arn(name)]),
    );
    for statement in senders {
        policy.add(statement);
    }
    builder.policy(policy)
}

/// Context of a dead-letter queue: kept for the longest time SQS allows, and anything in it alarms.
/// `senders` let services put letters in that no role of the stack does.
pub fn dead_letter_queue(
    builder: &mut Builder<'_>,
    name: &str,
    holds: &str,
    senders: impl IntoIterator<Item = Statement>,
) -> Json {
    const RETENTION_S: u32 = 14 * 86_400;
    let depth = alarm::sqs(
        name,
        "depth",
        &names::full(name),
        "ApproximateNumberOfMessagesVisible",
        Expr::number(1),
        format!("{name} holds {holds}."),
    )
    .context(&builder.topic);
    json!({
        "header": false,
        "tf": tf(name),
        "name": Expr::text(&names::full(name)),
        "arn": Json::Null,
        "message_retention_s": RETENTION_S,
        "visibility_timeout_s": 30,
        "has_dlq": false,
        "dlq_arn": Json::Null,
        "max_receives": Json::Null,
        "policy": queue_policy(builder, name, senders),
        "alarms": [depth],
        "dlq": [],
    })
}
