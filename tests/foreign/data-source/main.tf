variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "account_id" {
  type = string
}

variable "queues" {
  type    = list(string)
  default = ["jobs", "retries"]
}

variable "tables" {
  type = map(list(string))
  default = {
    orders = ["GetItem", "PutItem"]
  }
}

resource "aws_sqs_queue" "this" {
  for_each = toset(var.queues)

  name                    = each.value
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "this" {
  for_each = aws_sqs_queue.this

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_lambda_function" "worker" {
  function_name = var.name
  role          = aws_iam_role.worker.arn
  package_type  = "Image"
  image_uri     = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/${var.name}:latest"
  timeout       = 30

  dead_letter_config {
    target_arn = aws_sqs_queue.this["retries"].arn
  }
}

resource "aws_lambda_event_source_mapping" "jobs" {
  event_source_arn = aws_sqs_queue.this["jobs"].arn
  function_name    = aws_lambda_function.worker.arn
  batch_size       = 10
}
