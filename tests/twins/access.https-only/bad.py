import ssl

import httpx
import requests

session = requests.Session()
session.verify = False  # BAD


def rates():
    return requests.get("https://rates.example.net/v1", timeout=5, verify=False).json()  # BAD


def stock():
    with httpx.Client(verify=False) as client:  # BAD
        return client.get("https://stock.example.net/").json()


def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE  # BAD
    return made
