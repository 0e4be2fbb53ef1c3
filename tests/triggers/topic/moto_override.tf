# What of it moto cannot do, beside what stands in tests/e2e/trigger.moto_override.tf.

# Read back empty: dead_letter_config, kms_key_arn, logging_config, image_config.
resource "aws_lambda_function" "announce" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "notify" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}

# Looks for topics in the own account alone.
resource "aws_sns_topic_subscription" "notify_topic_company" {
  topic_arn = "arn:aws:sns:eu-west-1:111111111111:company-notices"
}
