# What every stack of a trigger needs: the backend is local; every other entry names the moto defect that forces it.

terraform {
  backend "local" {}
}

# moto serves buckets by path.
provider "aws" {
  s3_use_path_style = true
  max_retries       = 2
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
