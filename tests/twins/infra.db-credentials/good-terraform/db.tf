variable "password" {
  sensitive = true
}

resource "random_password" "shop" {
  length = 32
}

resource "aws_db_instance" "shop" {
  engine   = "postgres"
  username = "shop"
  password = random_password.shop.result
}

resource "aws_db_instance" "other" {
  engine   = "postgres"
  username = "shop"
  password = var.password
}
