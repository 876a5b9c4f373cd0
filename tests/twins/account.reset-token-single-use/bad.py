from datetime import datetime, timedelta, timezone

import jwt

from app.settings import KEY


def make_password_reset_token(person):
    ends = datetime.now(timezone.utc) + timedelta(minutes=20)
    return jwt.encode({"sub": person.id, "exp": ends}, KEY, algorithm="HS256")  # BAD
