//! The central log archive: every log group → Firehose → S3 with object lock.

use serde_json::json;

use super::alarm::Alarm;
use super::builder::{Builder, retention_days};
use super::function::trust;
use super::names;
use super::policy::{Policy, Statement, Why};
use super::resources::guarded_bucket;
use crate::iam::{PolicyKind, Text};
use crate::render::Expr;
use crate::service::model::Archive;

/// Adds the archive, unless logs go to a central destination.
pub fn add(builder: &mut Builder<'_>) {
    if builder.service.logs.archive != Archive::Bucket {
        return;
    }
    let stream = names::arn("firehose")
        .then("deliverystream/")
        .join(&names::full("logs"));
    let bucket_arn = names::bucket_arn(&names::bucket("logs"));
    let bucket = guarded_bucket(builder, "logs");
    let group = Text::literal("/aws/kinesisfirehose/").join(&names::full("logs"));
    let mut log_group = builder.log_group("firehose", group.clone());
    // Delivered by the stream whose errors it holds, every error would make another.
    log_group["delivered"] = false.into();

    let why = |reason: &str| Why::asked(reason, "/logs/archive");
    let archive = why("delivers log events to the archive");
    let firehose_trust = builder.policy(trust(
        "firehose",
        "firehose.amazonaws.com",
        Some(("ArnLike", stream.clone())),
    ));
    let firehose_policy = builder.policy(
        Policy::new("aws_iam_role.firehose", PolicyKind::Identity)
            .with(
                Statement::allow(
                    "Bucket",
                    [
                        "s3:GetBucketLocation",
                        "s3:ListBucket",
                        "s3:ListBucketMultipartUploads",
                    ],
                    &archive,
                )
                .on([bucket_arn.clone()]),
            )
            .with(
                Statement::allow(
                    "Objects",
                    ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                    &archive,
                )
                .on([
                    bucket_arn.clone().then("/logs/*"),
                    bucket_arn.then("/errors/*"),
                ]),
            )
            .with(
                Statement::allow(
                    "Key",
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    &why("the archive is encrypted with the stack's key"),
                )
                .on([names::key_arn()])
                .when("StringEquals", "kms:ViaService", [names::via_service("s3")]),
            )
            .with(
                Statement::allow(
                    "DeliveryErrors",
                    ["logs:PutLogEvents"],
                    &why("reports delivery errors"),
                )
                .on([names::log_group_arn(&group).then(":log-stream:S3Delivery")]),
            ),
    );
    // CloudWatch Logs names as source the log groups of this account and region.
    let delivery_trust = builder.policy(trust(
        "log_delivery",
        "logs.amazonaws.com",
        Some(("ArnLike", names::arn("logs").then("*"))),
    ));
    let delivery_policy = builder.policy(
        Policy::new("aws_iam_role.log_delivery", PolicyKind::Identity).with(
            Statement::allow(
                "PutRecords",
                ["firehose:PutRecord", "firehose:PutRecordBatch"],
                &why("hands log events to Firehose"),
            )
            .on([stream]),
        ),
    );
    let stale = Alarm {
        tf: "logs_freshness".to_owned(),
        name: "logs-freshness".to_owned(),
        description: "Logs do not reach the archive: the oldest record waits for 30 minutes."
            .to_owned(),
        namespace: Expr::string("AWS/Firehose"),
        metric: Expr::string("DeliveryToS3.DataFreshness"),
        dimensions: vec![("DeliveryStreamName", Expr::text(&names::full("logs")))],
        statistic: "Maximum",
        threshold: Expr::number(1800),
    }
    .context(&builder.topic);
    let errors_namespace = Expr::text(&Text::parse("slgen/{local.name}"));
    let errors = Alarm {
        tf: "logs_errors".to_owned(),
        name: "logs-errors".to_owned(),
        description: "Logs could not be written to the archive.".to_owned(),
        namespace: errors_namespace.clone(),
        metric: Expr::raw("aws_cloudwatch_log_metric_filter.logs_errors.name"),
        dimensions: Vec::new(),
        statistic: "Sum",
        threshold: Expr::number(1),
    }
    .context(&builder.topic);
    let retention = &builder.service.logs.retention_days;
    let expire_days = if retention.overrides.is_empty() {
        Expr::number(retention.default.saturating_add(30))
    } else {
        Expr::raw("var.log_retention_days + 30")
    };
    let context = json!({
        "bucket": bucket,
        "retention_days": retention_days(builder.service),
        "expire_days": expire_days,
        "log_group": log_group,
        "firehose_trust": firehose_trust,
        "firehose_policy": firehose_policy,
        "delivery_trust": delivery_trust,
        "delivery_policy": delivery_policy,
        "errors_name": Expr::text(&names::full("logs-errors")),
        "errors_namespace": errors_namespace,
        "alarms": [stale, errors],
    });
    builder.shared("logging.tf", "logging.tf", context);
}
