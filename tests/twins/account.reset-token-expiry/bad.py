from datetime import datetime, timedelta, timezone

import jwt
from itsdangerous import URLSafeTimedSerializer

from app.settings import KEY

PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 30  # BAD


def make_password_reset_token(person):
    return jwt.encode({"sub": person.id, "kind": "reset"}, KEY, algorithm="HS256")  # BAD


def make_long_password_reset_token(person):
    ends = datetime.now(timezone.utc) + timedelta(days=14)
    return jwt.encode({"sub": person.id, "exp": ends}, KEY, algorithm="HS256")  # BAD


def read_password_reset_token(token):
    return URLSafeTimedSerializer(KEY).loads(token, salt="reset-password")  # BAD
