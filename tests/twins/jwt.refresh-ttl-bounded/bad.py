from datetime import datetime, timedelta, timezone

import jwt

from app.settings import KEY


def make_refresh_token(person):
    ends = datetime.now(timezone.utc) + timedelta(days=730)
    return jwt.encode({"sub": person, "exp": ends}, KEY, algorithm="HS256")  # BAD


def make_refresh_token_for_devices(person):
    return jwt.encode({"sub": person, "kind": "refresh"}, KEY, algorithm="HS256")  # BAD


REFRESH_TOKEN_EXPIRE_DAYS = 400  # BAD
