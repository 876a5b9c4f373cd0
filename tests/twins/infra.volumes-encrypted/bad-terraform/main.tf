resource "aws_ebs_volume" "data" { # BAD
  availability_zone = "eu-west-1a"
  size              = 40
}

resource "aws_db_instance" "shop" {
  engine            = "postgres"
  storage_encrypted = false # BAD
}

resource "aws_instance" "app" {
  ami = "ami-1"
  root_block_device { # BAD
    volume_size = 20
  }
}
