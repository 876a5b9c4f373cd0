from datetime import datetime, timedelta, timezone

import jwt

from app.settings import KEY


def make_password_reset_token(person):
    ends = datetime.now(timezone.utc) + timedelta(minutes=20)
    return jwt.encode({"sub": person.id, "exp": ends}, KEY + person.password_hash, algorithm="HS256")


def make_numbered_password_reset_token(person, number):
    ends = datetime.now(timezone.utc) + timedelta(minutes=20)
    return jwt.encode({"sub": person.id, "jti": number, "exp": ends}, KEY, algorithm="HS256")


def make_stored_password_reset_token(person):
    ends = datetime.now(timezone.utc) + timedelta(minutes=20)
    person.reset_token = jwt.encode({"sub": person.id, "exp": ends}, KEY, algorithm="HS256")
    return person.reset_token
