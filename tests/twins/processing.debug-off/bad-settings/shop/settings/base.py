"""What every stage shares."""

import django

DEBUG = True  # BAD
VERSION = django.VERSION
