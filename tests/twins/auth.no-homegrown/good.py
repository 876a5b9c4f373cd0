import hashlib
import random
import secrets

from argon2 import PasswordHasher
from Crypto.Cipher import AES

hasher = PasswordHasher()


def store(password):
    return hasher.hash(password)


def new_session_token():
    return secrets.token_urlsafe(32)


def etag(body):
    return hashlib.md5(body).hexdigest()


def pick(quotes):
    return random.choice(quotes)


def pack_token(token, key):
    return AES.new(key, AES.MODE_GCM).encrypt_and_digest(token)
