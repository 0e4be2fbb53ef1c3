# As orders.moto_override.tf: the backend is local; every other entry names the moto defect that forces it.

terraform {
  backend "local" {}
}

# moto serves buckets by path.
provider "aws" {
  s3_use_path_style = true
  max_retries       = 2
}

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
