# What of it moto cannot do, beside what stands in tests/e2e/trigger.moto_override.tf.

# Read back empty: kms_key_arn, logging_config, image_config.
resource "aws_lambda_function" "hook" {
  publish = false

  lifecycle {
    ignore_changes = [kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "charge" {
  publish = false

  lifecycle {
    ignore_changes = [kms_key_arn, logging_config, image_config]
  }
}

# The provider waits for ever: moto does not store the attribute.
resource "aws_sqs_queue_redrive_allow_policy" "jobs_dlq" {
  count = 0
}

# Reads back with spaces.
resource "aws_sqs_queue" "jobs" {
  lifecycle {
    ignore_changes = [redrive_policy]
  }
}
