environment = "dev"
account_id  = "111111111111"
vpc = {
  id      = "vpc-1"
  subnets = ["subnet-1", "subnet-2"]
}
list = [null, true, -1.5e3, "a\"b"]
