locals {
  account = "123456789012"
  functions = {
    ingest = {
      handler = "ingest.main"
      allow   = { "arn:aws:s3:::acme-landing/*" = ["s3:GetObject"] }
    }
    report = {
      handler = "report.main"
      timeout = 120
      allow = {
        "arn:aws:s3:::acme-reports/*"                               = ["s3:PutObject"]
        "arn:aws:dynamodb:eu-west-1:${local.account}:table/reports" = ["dynamodb:Query", "dynamodb:GetItem"]
      }
    }
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name    = "acme-${each.key}"
  handler = each.value.handler
  timeout = try(each.value.timeout, 30)
  allow   = each.value.allow

  environment = {
    STAGE = "prod"
  }
}

# The network is another team's.
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.8.1"
  name    = "acme"
}

resource "aws_lambda_function_url" "report" {
  function_name      = module.function["report"].function_name
  authorization_type = "AWS_IAM"
}

resource "aws_scheduler_schedule" "report" {
  name                = "report"
  schedule_expression = "cron(0 6 * * ? *)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.function["report"].arn
    role_arn = aws_iam_role.schedule.arn
  }
}

resource "aws_iam_role" "schedule" {
  name               = "acme-schedule"
  assume_role_policy = templatefile("${path.module}/trust.json.tftpl", { service = "scheduler" })
}

resource "aws_iam_role_policy" "schedule" {
  role = aws_iam_role.schedule.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = [for f in values(module.function) : f.arn]
    }]
  })
}

output "subnets" {
  value = module.vpc.private_subnets
}
