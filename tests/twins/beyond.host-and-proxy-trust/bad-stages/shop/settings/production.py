"""Where customers are."""

ALLOWED_HOSTS = ["*"]  # BAD
