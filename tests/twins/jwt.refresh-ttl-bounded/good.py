from datetime import datetime, timedelta, timezone

import jwt

from app.settings import KEY

REFRESH_TOKEN_EXPIRE_DAYS = 14
REFRESH_TOKEN_EXPIRES_AT = 1_900_000_000


def make_refresh_token(person):
    ends = datetime.now(timezone.utc) + timedelta(days=14)
    return jwt.encode({"sub": person, "exp": ends}, KEY, algorithm="HS256")
