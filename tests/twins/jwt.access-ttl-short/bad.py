import datetime as dt
import os
import time
from datetime import timedelta

import jwt
from jose import jwt as jose_jwt

KEY = os.environ["JWT_KEY"]
ACCESS_TOKEN_EXPIRE_MINUTES = 60 * 24 * 30  # BAD: a month


def login_token(user):
    return jwt.encode({"sub": user.id, "scope": "orders"}, KEY, algorithm="HS256")  # BAD: no end


def partner_token(partner):
    claims = {"sub": partner.id}
    claims["exp"] = dt.datetime.now(dt.UTC) + timedelta(days=2)
    return jose_jwt.encode(claims, KEY)  # BAD: two days


def kiosk_token(kiosk):
    return jwt.encode({"sub": kiosk.id, "exp": time.time() + 86400 * 7}, KEY)  # BAD: a week


def who(token):
    return jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_exp": False})  # BAD: ends are ignored
