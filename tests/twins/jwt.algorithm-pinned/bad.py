import jwt
from flask import Flask, abort, g, request
from jose import jwt as jose_jwt

app = Flask(__name__)
PUBLIC_KEY = open("keys/issuer.pem").read()
ALLOWED = ["HS256", "RS256"]


def who_calls(token):
    header = jwt.get_unverified_header(token)
    return jwt.decode(token, PUBLIC_KEY, algorithms=[header["alg"]])  # BAD: the header decides


def partner(token):
    return jose_jwt.decode(token, PUBLIC_KEY, audience="orders")  # BAD: nothing is said


def either(token):
    return jwt.decode(token, PUBLIC_KEY, algorithms=ALLOWED)  # BAD: a public key may become a secret


def legacy(token):
    return jwt.decode(token, PUBLIC_KEY, algorithms=["RS256", "none"])  # BAD: unsigned


@app.before_request
def authenticate():
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        g.user = jwt.decode(token, options={"verify_signature": False})["sub"]  # BAD: not checked at all
    except jwt.PyJWTError:
        abort(401)
