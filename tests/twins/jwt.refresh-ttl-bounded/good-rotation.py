from datetime import timedelta

from django.urls import path
from rest_framework_simplejwt.views import TokenRefreshView

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
}

urlpatterns = [path("token/renew/", TokenRefreshView.as_view())]
