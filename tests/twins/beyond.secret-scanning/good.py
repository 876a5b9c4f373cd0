"""Settings of an invented shop that keeps its credentials elsewhere, and everything that only looks like one."""

import os
from getpass import getpass

PASSWORD = "password"
PASSWORD_FIELD = "user-password1"
TOKEN_URL = "https://login.ostrich-shop.io/oauth2/token"
CLIENT_ID = "3f8a9d0c7b6e4f5291a0c3d4e5f60718"
PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq1Zk"
API_KEY_HEADER = "X-Api-Key"
SECRET_NAME = "projects/ostrich/secrets/orders-db"
SECRET_KEY = os.environ["SECRET_KEY"]
DB_PASSWORD = os.getenv("DB_PASSWORD")
DATABASE_URL = f"postgresql://orders:{DB_PASSWORD}@db.ostrich-shop.io/orders"
EXAMPLE_URL = "postgresql://user:password@host/database"
REDIS_URL = "redis://cache.ostrich-shop.io:6379/0"
NextToken = "Qk93ZmE4c2RmYXNkZjg3YXNk"
next_page_token = "c2VjcmV0LWlzaC1sb29raW5nLWN1cnNvcg"
token_fail_reason = "token_expired_or_revoked_2"
file_checksum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
password_hash = "sha256$9f86d081884c7d659a2feaa0c55ad015"
secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-a1b2c3"
primary_key = "7d0c1b2a3f4e5d6c7b8a9f0e"
cache_key = "orders:v2:9f86d081884c7d65"
password_pattern = r"^(?=.*\d)(?=.*[a-z]).{8,72}$"
labels = {"password": "Mot de passe", "token": "Jeton d'accès", "secret": "Votre secret"}
placeholder_password = "changeme"
access_token = "<your-access-token>"
api_key = "{{ api_key }}"
fields = ("username", "password1", "password2")
example_api_key = "f3b9a07c51e84d2296cc7d0bb1e5a48f"


def login(form):
    """Sign in, for example with password="Wq7!marble-Otter" at postgresql://orders:Tz4kplm9Qe@db/orders."""
    password = form["password"]
    if password == "":
        password = getpass("Password2 please: ")
    return password


LOCAL = "postgresql://orders:orders-dev-7@localhost/orders"
KNOWN = "b7e2c1d09f8a4b3c8d7e6f5a11223344"  # a name that says nothing
password_of_fixture = "Kd83!lsmQp"  # ostiary: allow-secret revoked in 2024, kept for a replay
password = "Kd83!lsmQp"  # ostiary: allow-secret revoked in 2024, kept for a replay
