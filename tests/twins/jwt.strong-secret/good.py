import os
import secrets

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

SIGNING = os.environ["JWT_SECRET"]
EPHEMERAL = secrets.token_bytes(32)
PUBLIC = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEexampleexampleexample
-----END PUBLIC KEY-----"""


def load():
    key = os.getenv("JWT_SECRET")
    if not key or len(key) < 32:
        raise RuntimeError("JWT_SECRET is missing or too short")
    return key


def issue(user):
    return jwt.encode({"sub": user.id, "exp": user.until}, SIGNING, algorithm="HS256")


def short_lived(user):
    return jwt.encode({"sub": user.id, "exp": user.until}, EPHEMERAL, algorithm="HS256")


def check(token):
    return jwt.decode(token, PUBLIC, algorithms=["ES256"])


def new_pair():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)
