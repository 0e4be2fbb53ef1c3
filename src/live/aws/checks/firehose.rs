//! Delivery streams of the log archive.

use serde_json::{Value as Json, json};

use super::{About, Check, Reading};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &["aws_kinesis_firehose_delivery_stream"],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("delivery_stream") {
        let about = About {
            check: "delivery_stream",
            on: &name,
            kinds: CHECK.kinds,
        };
        let call = "firehose:DescribeDeliveryStream";
        let Some(found) = reading
            .ask(about, call, &[("DeliveryStreamName", json!(name))])
            .found()
        else {
            continue;
        };
        let stream = at(&found, "DeliveryStreamDescription");
        let encryption = at(stream, "DeliveryStreamEncryptionConfiguration");
        let destinations = items(stream, "Destinations");
        let s3 = destinations
            .iter()
            .map(|d| at(d, "ExtendedS3DestinationDescription"))
            .find(|d| !d.is_null());
        // Only S3 is read: other destinations hold access keys.
        let s3: Vec<Json> = s3
            .map(|s3| {
                json!({
                    "role_arn": at(s3, "RoleARN"),
                    "bucket_arn": at(s3, "BucketARN"),
                    "prefix": at(s3, "Prefix"),
                    "error_output_prefix": at(s3, "ErrorOutputPrefix"),
                    "kms_key_arn": at(s3, "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"),
                })
            })
            .into_iter()
            .collect();
        let arn = text(stream, "DeliveryStreamARN");
        let attributes = json!({
            "id": arn,
            "arn": arn,
            "name": name,
            "destination": if s3.is_empty() { "other" } else { "extended_s3" },
            "extended_s3_configuration": s3,
            "server_side_encryption": [{
                "enabled": matches!(text(encryption, "Status"), "ENABLED" | "ENABLING"),
                "key_type": at(encryption, "KeyType"),
                "key_arn": at(encryption, "KeyARN"),
            }],
        });
        reading.add(
            about,
            "aws_kinesis_firehose_delivery_stream",
            arn,
            &attributes,
            &[call],
        );
    }
}
