locals {
  big   = 99999999999999999999999999999999999999999999999999
  exp   = 1e308 * 1e308
  small = 1e-400
  minus = - - -1
  zero  = 1 / 0
  rest  = 5 % 0
  max   = -9223372036854775808 - 1
  list  = [for x in [1, 2] : x][9223372036854775807]
  many  = [1].9999999999999999999
}

resource "aws_sqs_queue" "n" {
  count = 1e18
}
