variable "acl" {
  default = "private"
}

resource "aws_s3_bucket" "uploads" {
  bucket = "shop-uploads"
}

resource "aws_s3_bucket_acl" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  acl    = var.acl
}

resource "aws_s3_bucket_acl" "unknown" {
  bucket = "other"
  acl    = var.given_elsewhere
}
