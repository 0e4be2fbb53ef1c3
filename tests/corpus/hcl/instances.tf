resource "aws_sqs_queue" "many" {
  for_each          = { a = "1", b = "2" }
  name              = "${each.key}-${each.value}"
  kms_master_key_id = aws_kms_key.k[0].arn
}

resource "aws_kms_key" "k" {
  count               = 2
  description         = count.index
  enable_key_rotation = true
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "*", Resource = aws_sqs_queue.many["a"].arn }]
  })
}

resource "aws_security_group" "sg" {
  dynamic "ingress" {
    for_each = toset(["80", "443"])
    iterator = port
    content {
      from_port = port.value
      to_port   = port.key
      protocol  = "tcp"
    }
  }
}

data "aws_caller_identity" "me" {}

output "me" {
  value     = data.aws_caller_identity.me.account_id
  sensitive = true
}
