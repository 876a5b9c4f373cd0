import jwt
from flask import Flask, g, request
from jose import jwt as jose_jwt

app = Flask(__name__)
ALGORITHM = "RS256"
KEYS = {"2026-01": open("keys/2026-01.pem").read()}


def who_calls(token):
    # `kid` is only looked up in a table of ours.
    header = jwt.get_unverified_header(token)
    if header.get("alg") != ALGORITHM:
        raise jwt.InvalidAlgorithmError
    return jwt.decode(token, KEYS[header["kid"]], algorithms=[ALGORITHM], audience="orders")


def issuer_of(token):
    claims = jwt.decode(token, options={"verify_signature": False})
    key = KEYS[claims["iss"]]
    return jwt.decode(token, key, algorithms=["ES256"], audience="orders")


def partner(token):
    return jose_jwt.decode(token, KEYS["partner"], ALGORITHM)


def with_options(token, **options):
    return jwt.decode(token, KEYS["2026-01"], **options)
