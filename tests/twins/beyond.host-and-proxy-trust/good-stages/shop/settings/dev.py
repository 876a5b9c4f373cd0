"""On a desk."""

ALLOWED_HOSTS = ["*"]
