resource "alicloud_oss_bucket" "uploads" { # BAD
  bucket = "shop-uploads"
}
