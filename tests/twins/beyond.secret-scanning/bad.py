"""Settings of an invented shop, with credentials where anybody with the repository reads them."""

import os

import psycopg2
import requests

DB_PASSWORD = "Wq7!marble-Otter"  # BAD
PAYMENT_GATEWAY = {
    "merchant_id": "M-20031",
    "merchant_secret": "q8Zt3LxVn0Rb5KpY",  # BAD
}
JWT_SECRET = os.environ.get("JWT_SECRET", "orchard-lantern")  # BAD
MAIL_URL = "smtps://postmaster:Vb93kelTz@mail.ostrich-shop.io:465"  # BAD


class Settings:
    api_key: str = "f3b9a07c51e84d2296cc7d0bb1e5a48f"  # BAD
    signing_key = b"7f1cQz0LmB4vXs9EtRk2WnYp6HdGu8Ja"  # BAD


def connect():
    return psycopg2.connect("host=db.ostrich-shop.io user=orders password=Tz4kplm9Qe")  # BAD


def price(item):
    headers = {"Authorization": "Bearer 5c0d1f7ab2e94d31b6a7f00c9e8d4b52"}  # BAD
    if item.token == "b7e2c1d09f8a4b3c8d7e6f5a":  # BAD
        return 0
    return requests.get("https://prices.ostrich-shop.io", headers=headers, timeout=5).json()
