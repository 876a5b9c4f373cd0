MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
SECURE_CONTENT_TYPE_NOSNIFF = False  # BAD
