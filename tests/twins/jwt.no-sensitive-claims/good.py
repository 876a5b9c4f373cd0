import os
from datetime import UTC, datetime, timedelta

import jwt

KEY = os.environ["JWT_KEY"]


def issue(user):
    claims = {
        "sub": str(user.id),
        "exp": datetime.now(UTC) + timedelta(minutes=10),
        "scope": "orders:read",
        "sid": user.session,
        "password_changed": False,
        "email": user.email,
    }
    return jwt.encode(claims, KEY, algorithm="HS256")


def stored(user):
    record = {"password": user.password_hash, "ssn": user.ssn}
    return record
