resource "aws_sqs_queue" "x" {
  policy = jsonencode({
    a = [{ b = "${c[
