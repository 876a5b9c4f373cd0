import hashlib
import random

from Crypto.Cipher import AES, DES


def store(password):
    return hashlib.md5(password.encode()).hexdigest()  # BAD


def new_session_token():
    return str(random.getrandbits(64))  # BAD


def hide_password(password, key):
    return DES.new(key, DES.MODE_CBC, b"12345678").encrypt(password)  # BAD


def pack_token(token, key):
    return AES.new(key, AES.MODE_ECB).encrypt(token)  # BAD
