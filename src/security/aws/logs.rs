//! Where logs go, and how long they are kept.

use crate::graph::Resource;
use crate::security::sight::{Row, Sight, evidence, shown};

/// Log groups: name, kept for, delivered to, evidence.
pub(in crate::security) fn groups(sight: &Sight<'_>) -> Vec<Row> {
    let rows = sight
        .context
        .of_type("aws_cloudwatch_log_group")
        .map(|group| {
            let kind = "aws_cloudwatch_log_subscription_filter";
            let filters = sight.context.pointing(kind, "log_group_name", group);
            let delivered: Vec<String> = filters.iter().map(|f| destination(sight, f)).collect();
            let delivered = if delivered.is_empty() {
                not_delivered(sight, group)
            } else {
                delivered.join("; ")
            };
            let kept = match shown(group.get("retention_in_days")).as_str() {
                "" | "0" => "for ever".to_owned(),
                days => format!("{days} days"),
            };
            Row {
                address: group.address.to_string(),
                cells: vec![shown(group.get("name")), kept, delivered, evidence(group)],
            }
        });
    rows.collect()
}

fn destination(sight: &Sight<'_>, filter: &Resource) -> String {
    let destination = filter.get("destination_arn");
    let stream = "aws_kinesis_firehose_delivery_stream";
    let to = match sight.context.target(stream, destination) {
        Some(stream) => stream.address.to_string(),
        None => shown(destination),
    };
    match shown(filter.get("filter_pattern")).as_str() {
        "" => to,
        pattern => format!("{to}, only {pattern}"),
    }
}

/// Why a group is not delivered.
fn not_delivered(sight: &Sight<'_>, group: &Resource) -> String {
    let stream = "aws_kinesis_firehose_delivery_stream";
    let options = "extended_s3_configuration.cloudwatch_logging_options.log_group_name";
    match sight.context.pointing(stream, options, group).first() {
        Some(stream) => format!(
            "nowhere: it holds the errors of {}, which would make more of them",
            stream.address
        ),
        None => "nowhere".to_owned(),
    }
}

/// Archives: stream, bucket, lock, deleted after, evidence.
pub(in crate::security) fn archives(sight: &Sight<'_>) -> Vec<Row> {
    let context = &sight.context;
    let streams = context.of_type("aws_kinesis_firehose_delivery_stream");
    let rows = streams.map(|stream| {
        let arn = stream.get("extended_s3_configuration.bucket_arn");
        let bucket = context.target("aws_s3_bucket", arn);
        let beside =
            |kind| bucket.and_then(|b| context.pointing(kind, "bucket", b).into_iter().next());
        let lock = beside("aws_s3_bucket_object_lock_configuration");
        let lifecycle = beside("aws_s3_bucket_lifecycle_configuration");
        let locked = lock.map_or_else(
            || "not locked".to_owned(),
            |lock| {
                let of = |what| shown(lock.get(&format!("rule.default_retention.{what}")));
                match of("years").as_str() {
                    "" => format!("{} for {} days", of("mode"), of("days")),
                    years => format!("{} for {years} years", of("mode")),
                }
            },
        );
        let deleted = lifecycle.map_or_else(String::new, |l| shown(l.get("rule.expiration.days")));
        let deleted = match deleted.as_str() {
            "" => "never".to_owned(),
            days => format!("after {days} days"),
        };
        let shown_by: Vec<String> = [Some(stream), bucket, lock]
            .into_iter()
            .flatten()
            .map(evidence)
            .collect();
        Row {
            address: stream.address.to_string(),
            cells: vec![
                bucket.map_or_else(|| shown(arn), |b| shown(b.get("bucket"))),
                locked,
                deleted,
                shown_by.join("; "),
            ],
        }
    });
    rows.collect()
}

/// Who touches buckets: bucket, where that is logged, evidence.
pub(in crate::security) fn access_logs(sight: &Sight<'_>) -> Vec<Row> {
    let context = &sight.context;
    let rows = context.of_type("aws_s3_bucket").map(|bucket| {
        let logging = context.pointing("aws_s3_bucket_logging", "bucket", bucket);
        let logging = logging.first().copied();
        let to = logging.map(|logging| {
            let to = logging.get("target_bucket");
            let to = context
                .target("aws_s3_bucket", to)
                .map_or_else(|| shown(to), |b| b.address.to_string());
            format!("{to}, {}", shown(logging.get("target_prefix")))
        });
        Row {
            address: bucket.address.to_string(),
            cells: vec![
                shown(bucket.get("bucket")),
                to.unwrap_or_else(|| "nowhere".to_owned()),
                evidence(logging.unwrap_or(bucket)),
            ],
        }
    });
    rows.collect()
}
