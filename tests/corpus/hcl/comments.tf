# one
// two
/* three
" ${ */ terraform {
  required_version = ">= 1.11" # four
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
  backend "s3" {}
}
provider "aws" {
  region = var.region
  allowed_account_ids = [var.account]
}
variable "region" { type = string }
variable "account" {
  type = object({ a = optional(map(list(tuple([string, any]))), {}), b = set(number) })
  default = { b = [] }
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "no"
  }
}
