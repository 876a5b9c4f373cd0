from datetime import datetime, timedelta, timezone

import jwt
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from app.settings import KEY

PASSWORD_RESET_TIMEOUT = 1200


def make_password_reset_token(person):
    ends = datetime.now(timezone.utc) + timedelta(minutes=20)
    return jwt.encode({"sub": person.id, "exp": ends}, KEY, algorithm="HS256")


def read_password_reset_token(token):
    return URLSafeTimedSerializer(KEY).loads(token, salt="reset-password", max_age=1200)


def read_unsubscribe_link(token):
    return URLSafeSerializer(KEY).loads(token, salt="newsletter")


def reset_view(view):
    view.zoom = 1
