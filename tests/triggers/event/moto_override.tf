# What of it moto cannot do, beside what stands in tests/e2e/trigger.moto_override.tf.

# Read back empty: dead_letter_config, kms_key_arn, logging_config, image_config.
resource "aws_lambda_function" "record" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "watch" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}
