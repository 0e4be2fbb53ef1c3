//! Data at rest is not encrypted with a customer-managed key.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-002",
    name: "data-without-key",
    severity: Severity::High,
    risk: Risk::Encryption,
    title: "Data at rest is not encrypted with a customer-managed key",
    why: "AWS's own keys encrypt too, but nobody can restrict or audit their use: whoever may read \
          the resource may read the data. It looks at queues, topics, tables, buckets, delivery \
          streams, schedules, secrets and image repositories, and at functions that have environment \
          variables.",
    fix: "Set the key to the stack's key (aws_kms_key.stack.arn).",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "AWS Security Hub SQS.1",
        "AWS Security Hub SNS.1",
        "AWS Security Hub S3.17",
        "AWS Lambda Developer Guide, Securing Lambda environment variables",
    ],
};

/// Resource type and the attribute that holds its key.
const KEYS: [(&str, &str); 5] = [
    ("aws_scheduler_schedule", "kms_key_arn"),
    ("aws_sqs_queue", "kms_master_key_id"),
    ("aws_sns_topic", "kms_master_key_id"),
    ("aws_secretsmanager_secret", "kms_key_id"),
    ("aws_ecr_repository", "encryption_configuration.kms_key"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, attribute) in KEYS {
        for resource in input.of_type(kind) {
            judge(resource, attribute, input, report);
        }
    }
    for repository in input.of_type("aws_ecr_repository") {
        let kind = repository.get("encryption_configuration.encryption_type");
        if !matches!(known(kind), Some("KMS" | "KMS_DSSE")) {
            let message = format!("encryption_type {}, not \"KMS\"", state(kind));
            report.attribute(
                repository,
                "encryption_configuration.encryption_type",
                message,
            );
        }
    }
    for table in input.of_type("aws_dynamodb_table") {
        let enabled = table.get("server_side_encryption.enabled");
        if is_true(enabled) {
            judge(table, "server_side_encryption.kms_key_arn", input, report);
        } else {
            let message = format!("server_side_encryption.enabled {}", state(enabled));
            report.attribute(table, "server_side_encryption.enabled", message);
        }
    }
    for function in input.of_type("aws_lambda_function") {
        if function.get("environment").is_some() {
            judge(function, "kms_key_arn", input, report);
        }
    }
    for stream in input.of_type("aws_kinesis_firehose_delivery_stream") {
        let enabled = stream.get("server_side_encryption.enabled");
        if !is_true(enabled)
            || known(stream.get("server_side_encryption.key_type")) != Some("CUSTOMER_MANAGED_CMK")
        {
            let message = "server_side_encryption does not use a customer-managed key";
            report.attribute(stream, "server_side_encryption", message);
        } else {
            judge(stream, "server_side_encryption.key_arn", input, report);
        }
        if stream.get("extended_s3_configuration").is_some() {
            judge(
                stream,
                "extended_s3_configuration.kms_key_arn",
                input,
                report,
            );
        }
    }
    for stream in input.of_type("aws_kinesis_stream") {
        let method = stream.get("encryption_type");
        if known(method) == Some("KMS") {
            judge(stream, "kms_key_id", input, report);
        } else {
            let message = format!("encryption_type {}, not \"KMS\"", state(method));
            report.attribute(stream, "encryption_type", message);
        }
    }
    for bucket in input.of_type("aws_s3_bucket") {
        check_bucket(bucket, input, report);
    }
}

fn judge(resource: &Resource, attribute: &str, input: &Context<'_>, report: &mut Report<'_>) {
    let key = resource.get(attribute);
    if !customer_key(input, key) {
        report.attribute(resource, attribute, format!("{attribute} {}", state(key)));
    }
}

fn check_bucket(bucket: &Resource, input: &Context<'_>, report: &mut Report<'_>) {
    let kind = "aws_s3_bucket_server_side_encryption_configuration";
    let Some(configuration) = input.pointing(kind, "bucket", bucket).first().copied() else {
        report.resource(
            bucket,
            "the bucket has no server-side encryption configuration",
        );
        return;
    };
    let base = "rule.apply_server_side_encryption_by_default";
    let algorithm = configuration.get(&format!("{base}.sse_algorithm"));
    if matches!(known(algorithm), Some("aws:kms" | "aws:kms:dsse")) {
        judge(
            configuration,
            &format!("{base}.kms_master_key_id"),
            input,
            report,
        );
    } else if known(algorithm) != Some("AES256") || !receives_access_logs(bucket, input) {
        let message = format!("sse_algorithm {}, not \"aws:kms\"", state(algorithm));
        report.attribute(configuration, &format!("{base}.sse_algorithm"), message);
    }
}

/// S3 delivers access logs only to buckets encrypted with its own keys (Amazon S3 user guide,
/// "Enabling Amazon S3 server access logging").
fn receives_access_logs(bucket: &Resource, input: &Context<'_>) -> bool {
    !input
        .pointing("aws_s3_bucket_logging", "target_bucket", bucket)
        .is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires(
            META.id,
            r#"
resource "aws_sqs_queue" "q" { sqs_managed_sse_enabled = true }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_sns_topic" "t" { kms_master_key_id = "alias/aws/sns" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_dynamodb_table" "t" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_dynamodb_table" "t" {
  server_side_encryption {
    enabled = true
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  environment {
    variables = { A = "b" }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "incoming" }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_s3_bucket" "b" { bucket = "incoming" }
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_kinesis_firehose_delivery_stream" "s" {}
"#,
        );
        for weak in [
            "",
            r#"encryption_type = "NONE""#,
            "encryption_type = \"KMS\"\nkms_key_id = \"alias/aws/kinesis\"",
        ] {
            fires(
                META.id,
                &format!("resource \"aws_kinesis_stream\" \"s\" {{\n{weak}\n}}\n"),
            );
        }
        fires(
            META.id,
            r#"
resource "aws_secretsmanager_secret" "s" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_ecr_repository" "s" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_scheduler_schedule" "s" {}
"#,
        );
    }

    #[test]
    fn only_a_target_of_access_logs_may_have_s3s_own_keys() {
        let code = |target: &str| {
            format!(
                r#"
resource "aws_s3_bucket" "b" {{ bucket = "access-logs" }}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm = "AES256"
    }}
  }}
}}
resource "aws_s3_bucket_logging" "other" {{
  bucket        = "other"
  target_bucket = {target}
  target_prefix = ""
}}
"#
            )
        };
        silent(META.id, &code("aws_s3_bucket.b.id"));
        fires(META.id, &code("\"elsewhere\""));
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {}
"#,
        );
        silent(
            META.id,
            r#"
resource "aws_kms_key" "stack" {}
resource "aws_sqs_queue" "q" { kms_master_key_id = aws_kms_key.stack.arn }
resource "aws_sns_topic" "t" { kms_master_key_id = aws_kms_key.stack.arn }
resource "aws_dynamodb_table" "t" {
  server_side_encryption {
    enabled = true
    kms_key_arn = aws_kms_key.stack.arn
  }
}
resource "aws_lambda_function" "f" {
  kms_key_arn = aws_kms_key.stack.arn
  environment {
    variables = { A = "b" }
  }
}
resource "aws_kinesis_firehose_delivery_stream" "s" {
  server_side_encryption {
    enabled = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn = aws_kms_key.stack.arn
  }
  extended_s3_configuration {
    kms_key_arn = aws_kms_key.stack.arn
  }
}
resource "aws_s3_bucket" "b" { bucket = "incoming" }
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
      kms_master_key_id = aws_kms_key.stack.arn
    }
  }
}
"#,
        );
    }
}
