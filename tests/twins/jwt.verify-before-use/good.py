import base64
import json

import jwt

KEYS = {"https://id.example.com": open("keys/id.pem").read()}


def current_user(token):
    unverified = jwt.decode(token, options={"verify_signature": False})
    key = KEYS[unverified["iss"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience="orders")["sub"]


def key_id(token):
    return jwt.get_unverified_header(token)["kid"]


def basic(header):
    name, _, password = base64.b64decode(header.split(" ")[1]).decode().partition(":")
    return name, password


def cursor(text):
    return json.loads(base64.urlsafe_b64decode(text))
