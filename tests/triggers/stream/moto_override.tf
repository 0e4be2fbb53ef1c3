# The backend is local; every other entry names the moto defect that forces it.

terraform {
  backend "local" {}
}

# moto serves buckets by path.
provider "aws" {
  s3_use_path_style = true
  max_retries       = 2
}

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

# Reads back false.
resource "aws_s3_bucket_notification" "access_logs" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}

resource "aws_s3_bucket_notification" "logs" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}

# Takes no tags when it is made.
resource "aws_kinesis_stream" "visits" {
  lifecycle {
    ignore_changes = [tags_all]
  }
}
