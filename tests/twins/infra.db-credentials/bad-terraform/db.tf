variable "password" {
  default = "changeme"
}

resource "aws_db_instance" "shop" {
  engine   = "postgres"
  username = "shop"
  password = var.password # BAD
}
