"""What every stage shares."""

import django

DEBUG = True
VERSION = django.VERSION
