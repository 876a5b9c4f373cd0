resource "aws_ebs_encryption_by_default" "all" {
  enabled = true
}

resource "aws_ebs_volume" "data" {
  size = 40
}
