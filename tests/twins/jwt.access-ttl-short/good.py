import datetime as dt
import os
import time
from datetime import timedelta

import jwt

KEY = os.environ["JWT_KEY"]
ACCESS_TOKEN_EXPIRE_MINUTES = 15
REFRESH_TOKEN_EXPIRE_DAYS = 30
EMAIL_RESET_TOKEN_EXPIRE_HOURS = 48


def login_token(user):
    end = dt.datetime.now(dt.UTC) + timedelta(minutes=ACCESS_TOKEN_EXPIRE_MINUTES)
    return jwt.encode({"sub": user.id, "exp": end}, KEY, algorithm="HS256")


def refresh_token(user):
    end = dt.datetime.now(dt.UTC) + timedelta(days=REFRESH_TOKEN_EXPIRE_DAYS)
    return jwt.encode({"sub": user.id, "exp": end}, KEY, algorithm="HS256")


def short(user):
    return jwt.encode({"sub": user.id, "exp": time.time() + 600}, KEY, algorithm="HS256")


def from_elsewhere(claims):
    return jwt.encode(claims, KEY, algorithm="HS256")


def log_out(token):
    claims = jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_exp": False})
    deny(claims["jti"])


def deny(jti):
    print(jti)
