//! What is encrypted with which key, and what is refused without TLS.

use std::collections::BTreeMap;

use crate::graph::{Kind, Resource, Value};
use crate::iam::{Effect, Permission};
use crate::security::sight::{Row, Sight, evidence, shown};

/// What a type of resource holds that is encrypted, for people.
const HOLDS: [(&str, &str); 10] = [
    ("aws_cloudwatch_log_group", "log lines"),
    ("aws_dynamodb_table", "items, indexes and backups"),
    ("aws_ecr_repository", "images"),
    (
        "aws_kinesis_firehose_delivery_stream",
        "log events on their way",
    ),
    ("aws_kinesis_stream", "records"),
    ("aws_lambda_function", "environment variables"),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        "objects",
    ),
    ("aws_scheduler_schedule", "input"),
    ("aws_sns_topic", "messages"),
    ("aws_sqs_queue", "messages"),
];

/// Keys of the stack: key, rotation, deletion, services that use it by its policy, evidence.
pub(in crate::security) fn keys(sight: &Sight<'_>) -> Vec<Row> {
    let rows = sight.context.of_type("aws_kms_key").map(|key| {
        let address = key.address.to_string();
        let rotation = match shown(key.get("enable_key_rotation")).as_str() {
            "true" => match shown(key.get("rotation_period_in_days")).as_str() {
                "" => "every year".to_owned(),
                days => format!("every {days} days"),
            },
            _ => "never".to_owned(),
        };
        let deletion = match shown(key.get("deletion_window_in_days")).as_str() {
            "" => "30".to_owned(),
            days => days.to_owned(),
        };
        let mut users: Vec<&str> = sight
            .context
            .permissions
            .iter()
            .filter(|p| p.holder == address && p.effect == Effect::Allow)
            .filter_map(|p| p.principal.as_deref())
            .collect();
        users.dedup();
        let cells = vec![
            rotation,
            format!("{deletion} days after it is asked for"),
            users.join("; "),
            evidence(key),
        ];
        Row { address, cells }
    });
    rows.collect()
}

/// Every attribute that names a key, whatever the resource: what it holds, key, evidence.
pub(in crate::security) fn at_rest(sight: &Sight<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let resources = sight.context.graph.resources.values();
    for resource in resources.filter(|r| !r.address.data) {
        let kind = resource.address.kind.as_str();
        let holds = HOLDS.iter().find(|(known, _)| *known == kind);
        let mut found = Vec::new();
        for (name, value) in &resource.attributes {
            collect(name, name, value, &mut found);
        }
        for (path, key) in found {
            rows.push(Row {
                address: resource.address.to_string(),
                cells: vec![
                    holds.map_or(kind, |(_, holds)| holds).to_owned(),
                    key,
                    format!("{} ({path})", evidence(resource)),
                ],
            });
        }
    }
    rows
}

/// Attributes that name a key or, for want of one, the method.
fn collect(path: &str, name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match &value.kind {
        Kind::Map(map) => {
            let keyed = map
                .iter()
                .any(|(name, value)| names_a_key(name) && !value.is_null());
            for (name, value) in map {
                if !(keyed && name == "sse_algorithm") {
                    collect(&format!("{path}.{name}"), name, value, found);
                }
            }
        }
        Kind::List(items) | Kind::Set(items) => {
            for item in items {
                collect(path, name, item, found);
            }
        }
        Kind::String(_) | Kind::Template(_) | Kind::Symbol(_) if names_a_key(name) => {
            found.push((path.to_owned(), key(value)));
        }
        Kind::String(method) if name == "sse_algorithm" => {
            found.push((path.to_owned(), format!("a key of S3's own ({method})")));
        }
        _ => {}
    }
}

fn names_a_key(attribute: &str) -> bool {
    attribute == "key_arn" || (attribute.contains("kms") && attribute.contains("key"))
}

/// A key by its address, or as it is given.
fn key(value: &Value) -> String {
    match &value.kind {
        Kind::Symbol(symbol) => symbol.trim_end_matches(".arn").to_owned(),
        _ => shown(Some(value)),
    }
}

/// Who refuses what comes without TLS: resource, what is refused, evidence.
pub(in crate::security) fn in_transit(sight: &Sight<'_>) -> Vec<Row> {
    let mut holders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (holder, permissions) in sight.context.holders() {
        for permission in permissions.iter().filter(|p| p.effect == Effect::Deny) {
            let refused = holders.entry(holder).or_default();
            refused.extend(refuses(permission).map(|what| format!("{} {what}", permission.action)));
        }
    }
    let rows = holders.into_iter().filter_map(|(holder, mut refused)| {
        let resource: &Resource = sight.context.resource(holder)?;
        refused.dedup();
        refused.sort();
        refused.dedup();
        (!refused.is_empty()).then(|| Row {
            address: holder.to_owned(),
            cells: vec![refused.join("; "), evidence(resource)],
        })
    });
    rows.collect()
}

fn refuses(permission: &Permission) -> Option<String> {
    let condition = |operator: &str, key: &str| {
        let values = permission.conditions.get(operator)?.get(key)?;
        values.iter().next().cloned()
    };
    if condition("Bool", "aws:SecureTransport").as_deref() == Some("false") {
        return Some("without TLS".to_owned());
    }
    condition("NumericLessThan", "s3:TlsVersion").map(|least| format!("below TLS {least}"))
}
