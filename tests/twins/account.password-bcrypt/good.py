import hashlib

import bcrypt
import requests
from argon2 import PasswordHasher

hasher = PasswordHasher()


def store(user, password):
    user.digest = hasher.hash(password)


def cheap_enough(password):
    return bcrypt.hashpw(password, bcrypt.gensalt(rounds=12))


def prehashed(password):
    return bcrypt.hashpw(hashlib.sha256(password.encode()).digest(), bcrypt.gensalt())


def etag(body):
    return hashlib.md5(body).hexdigest()


def api_key_digest(api_key):
    return hashlib.sha256(api_key.encode()).hexdigest()


def pwned_count(password):
    digest = hashlib.sha1(password.encode()).hexdigest().upper()
    return digest[5:] in requests.get(f"https://api.pwnedpasswords.com/range/{digest[:5]}", timeout=5).text


def reset_mail_key(password_reset_url):
    return hashlib.sha256(password_reset_url.encode()).hexdigest()


def derived(password, salt):
    return hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
