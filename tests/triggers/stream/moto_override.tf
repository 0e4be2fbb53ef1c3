# What of it moto cannot do, beside what stands in tests/e2e/trigger.moto_override.tf.

# Read back empty: dead_letter_config, kms_key_arn, logging_config, image_config.
resource "aws_lambda_function" "count" {
  publish = false

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "fold" {
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

# An alias ARN reads back as a version.
resource "aws_lambda_event_source_mapping" "fold_visits" {
  lifecycle {
    ignore_changes = [function_name]
  }
}

resource "aws_lambda_event_source_mapping" "fold_shared" {
  lifecycle {
    ignore_changes = [function_name]
  }
}

resource "aws_lambda_event_source_mapping" "watch_totals" {
  lifecycle {
    ignore_changes = [function_name]
  }
}

# Takes no tags when it is made.
resource "aws_kinesis_stream" "visits" {
  lifecycle {
    ignore_changes = [tags_all]
  }
}
