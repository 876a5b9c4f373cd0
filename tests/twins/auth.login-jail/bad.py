INSTALLED_APPS = ["django.contrib.auth", "axes"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = None  # BAD
