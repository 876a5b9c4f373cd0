import base64
import json

import jwt
from fastapi import FastAPI, Header
from jose import jwt as jose_jwt

app = FastAPI()


@app.get("/me")
def me(authorization: str = Header()):
    claims = jwt.decode(authorization[7:], options={"verify_signature": False})  # BAD
    return {"user": claims["sub"]}


def current_user(token):
    return jose_jwt.get_unverified_claims(token)["sub"]  # BAD


def tenant_of(token):
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))  # BAD
    return claims["tenant"]
