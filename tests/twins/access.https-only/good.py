import ssl

import jwt
import requests

BUNDLE = "/etc/ssl/partner.pem"


def rates():
    return requests.get("https://rates.example.net/v1", timeout=5, verify=BUNDLE).json()


def peek(token):
    return jwt.decode(token, options={"verify_signature": True}, verify=False)


def own_health():
    return requests.get("https://localhost:8443/health", timeout=5, verify=False).ok


def context():
    made = ssl.create_default_context()
    made.verify_mode = ssl.CERT_REQUIRED
    return made
