variable "encrypted" {}

resource "aws_ebs_volume" "data" {
  size      = 40
  encrypted = true
}

resource "aws_ebs_volume" "other" {
  size      = 40
  encrypted = var.encrypted
}

resource "aws_db_instance" "replica" {
  replicate_source_db = "shop"
}

resource "aws_instance" "app" {
  ami = "ami-1"
  root_block_device {
    encrypted = true
  }
}

resource "google_compute_disk" "data" {
  name = "data"
}
