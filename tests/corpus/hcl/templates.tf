variable "name" {
  type    = string
  default = "orders"
}

locals {
  a = "x${var.name}y$${z}%%{w}${"$"}${local.b}"
  b = "%{ for k, v in { a = 1, b = 2 } ~}${k}=${v},%{ endfor }"
  c = "%{ if var.name == "orders" }yes%{ else }no%{ endif }"
  d = <<-EOT
    first ${upper(var.name)}
      %{ if true ~}
      second
      %{ endif ~}
  EOT
  e = <<EOT
plain
EOT
}
