locals {
  a = local.b
  b = [local.a, local.c...]
  c = local.c
}

resource "aws_sqs_queue" "a" {
  count = aws_sqs_queue.b.delay_seconds
  name  = aws_sqs_queue.b.name
}

resource "aws_sqs_queue" "b" {
  delay_seconds = aws_sqs_queue.a[0].delay_seconds
  name          = aws_sqs_queue.a[0].name
}

resource "aws_sqs_queue" "b" {}
