# What of it moto cannot do, beside what stands in tests/e2e/trigger.moto_override.tf.

# Read back empty: dead_letter_config, kms_key_arn, logging_config, image_config.
resource "aws_lambda_function" "forget" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "thumbnail" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}

# Reads back false.
resource "aws_s3_bucket_notification" "incoming" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}
