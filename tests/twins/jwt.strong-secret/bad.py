import os

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

SIGNING = "orders-service-signing"
FALLBACK = os.environ.get("JWT_SECRET", "please-change-me")


def issue(user):
    return jwt.encode({"sub": user.id, "exp": user.until}, SIGNING, algorithm="HS256")  # BAD: a word of the source


def check(token):
    return jwt.decode(token, FALLBACK, algorithms=["HS256"])  # BAD: a default stands in


def other(token):
    return jwt.decode(token, os.getenv("KEY") or "s3cr3t", algorithms=["HS256"])  # BAD: a default stands in


def new_pair():
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # BAD: too small
