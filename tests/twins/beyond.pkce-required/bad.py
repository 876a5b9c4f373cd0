import requests

VERIFIER = "n3v3r-changes-n3v3r-changes-n3v3r-changes-n3v3r"


def begin():
    return build("https://id.example.net/authorize", {"code_challenge": VERIFIER, "code_challenge_method": "plain"})  # BAD


def redeem(code):
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}  # BAD
    return requests.post("https://id.example.net/token", data=form, timeout=5).json()
