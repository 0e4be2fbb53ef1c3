provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}

resource "aws_kms_key" "stack" {
  enable_key_rotation = true
  policy              = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111111111111:root" }, Action = "kms:*", Resource = "*" }] })
}

resource "aws_kms_alias" "stack" {
  name          = "alias/orders"
  target_key_id = aws_kms_key.stack.key_id
}

resource "aws_iam_policy" "boundary" {
  name   = "boundary"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_role" "f" {
  name                 = "f"
  max_session_duration = 3600
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "f" {
  name   = "f"
  role   = aws_iam_role.f.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}

resource "aws_cloudwatch_log_group" "f" {
  name              = "/aws/lambda/f"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.stack.arn
}

resource "aws_sqs_queue" "dlq" {
  name              = "dlq"
  kms_master_key_id = aws_kms_key.stack.arn
}

resource "aws_lambda_code_signing_config" "f" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:eu-west-1:111111111111:/signing-profiles/p/v"]
  }
  policies {
    untrusted_artifact_on_deployment = "Enforce"
  }
}

# A package.
resource "aws_lambda_function" "f" {
  function_name           = "f"
  role                    = aws_iam_role.f.arn
  runtime                 = "python3.13"
  handler                 = "app.handler"
  memory_size             = 256
  timeout                 = 10
  source_code_hash        = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
  kms_key_arn             = aws_kms_key.stack.arn
  code_signing_config_arn = aws_lambda_code_signing_config.f.arn

  dead_letter_config {
    target_arn = aws_sqs_queue.dlq.arn
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.f.name
    application_log_level = "INFO"
    system_log_level      = "INFO"
  }
}

resource "aws_lambda_alias" "f" {
  name             = "live"
  function_name    = aws_lambda_function.f.function_name
  function_version = "1"
}

resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "AWS_IAM"
}

resource "aws_lambda_function_event_invoke_config" "f" {
  function_name = aws_lambda_function.f.function_name
  qualifier     = aws_lambda_alias.f.name

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dlq.arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "f" {
  event_source_arn = aws_sqs_queue.dlq.arn
  function_name    = aws_lambda_alias.f.arn
  batch_size       = 10

  filter_criteria {
    filter {
      pattern = "{\"body\":{\"kind\":[\"order\"]}}"
    }
  }
}

# An image.
resource "aws_lambda_function" "g" {
  function_name = "g"
  role          = aws_iam_role.f.arn
  package_type  = "Image"
  image_uri     = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/g@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  memory_size   = 256
  timeout       = 10

  image_config {
    command = ["app.handler"]
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "alarms"
  kms_master_key_id = aws_kms_key.stack.arn
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "oncall@example.com"
}

resource "aws_cloudwatch_metric_alarm" "f" {
  alarm_name          = "f-errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_apigatewayv2_api" "http" {
  name          = "orders"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.http.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://login.example.com/"
    audience = ["orders-api"]
  }
}

resource "aws_apigatewayv2_route" "post" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "POST /orders"
  authorization_type = "JWT"
  authorizer_id      = aws_apigatewayv2_authorizer.jwt.id
}

resource "aws_kinesis_stream" "visits" {
  name             = "visits"
  retention_period = 168
  encryption_type  = "KMS"
  kms_key_id       = aws_kms_key.stack.arn

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}
