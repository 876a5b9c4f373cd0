import base64
import hashlib
import secrets

import requests


def begin(session):
    session["verifier"] = secrets.token_urlsafe(64)
    digest = hashlib.sha256(session["verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return build("https://id.example.net/authorize", {"code_challenge": challenge, "code_challenge_method": "S256"})


def redeem(session, code):
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": session["verifier"]}
    return requests.post("https://id.example.net/token", data=form, timeout=5).json()
