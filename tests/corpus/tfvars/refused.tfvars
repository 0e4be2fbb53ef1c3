a = <<EOT
x
EOT
b = "${var.c}"
block {}
a = 2
