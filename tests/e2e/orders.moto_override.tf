# Laid beside the byte-exact generated files for the tests against moto 5.2.1, and only there.
# The backend is local; every other entry names the moto defect that forces it.

terraform {
  backend "local" {}
}

# moto serves buckets by path.
provider "aws" {
  s3_use_path_style = true
  max_retries       = 2
}

# The provider waits for ever: moto does not store the attribute.
resource "aws_sqs_queue_redrive_allow_policy" "jobs_dlq" {
  count = 0
}

# moto answers CreateCodeSigningConfig with 404.
resource "aws_lambda_code_signing_config" "artifacts" {
  count = 0
}

# moto answers TagResource of a stage with 404, and UpdateStage with 500.
resource "aws_apigatewayv2_stage" "http" {
  lifecycle {
    ignore_changes = [default_route_settings, tags, tags_all]
  }
}

# Read back empty: dead_letter_config, kms_key_arn, logging_config, image_config. With `publish` each
# of them would make a new version.
resource "aws_lambda_function" "create_order" {
  publish = false

  lifecycle {
    ignore_changes = [kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "fulfil_order" {
  publish = false

  lifecycle {
    ignore_changes = [kms_key_arn, logging_config, image_config]
  }
}

resource "aws_lambda_function" "nightly_report" {
  publish                 = false
  code_signing_config_arn = null

  lifecycle {
    ignore_changes = [dead_letter_config, kms_key_arn, logging_config]
  }
}

# An alias ARN reads back as a version.
resource "aws_lambda_event_source_mapping" "fulfil_order_jobs" {
  lifecycle {
    ignore_changes = [function_name]
  }
}

# Reads back with spaces.
resource "aws_sqs_queue" "jobs" {
  lifecycle {
    ignore_changes = [redrive_policy]
  }
}

# The description reads back null.
resource "aws_vpc_security_group_egress_rule" "nightly_report_dynamodb" {
  lifecycle {
    ignore_changes = [description]
  }
}

resource "aws_vpc_security_group_egress_rule" "nightly_report_egress_3" {
  lifecycle {
    ignore_changes = [description]
  }
}

resource "aws_vpc_security_group_egress_rule" "nightly_report_secretsmanager" {
  lifecycle {
    ignore_changes = [description]
  }
}

# Reads back false.
resource "aws_s3_bucket_notification" "access_logs" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}

resource "aws_s3_bucket_notification" "artifacts" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}

resource "aws_s3_bucket_notification" "incoming" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}

resource "aws_s3_bucket_notification" "logs" {
  lifecycle {
    ignore_changes = [eventbridge]
  }
}
