variable "name" {
  type = string
}

variable "handler" {
  type = string
}

variable "timeout" {
  type    = number
  default = 3
}

variable "allow" {
  description = "Actions by resource"
  type        = map(list(string))
  default     = {}
}

variable "environment" {
  type    = map(string)
  default = {}
}

output "function_name" {
  value = aws_lambda_function.this.function_name
}

output "arn" {
  value = aws_lambda_function.this.arn
}
