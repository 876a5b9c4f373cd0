"""Health records of an invented clinic, encrypted with a key that everybody with the code has."""

from cryptography.fernet import Fernet

RECORDS_ENCRYPTION_KEY = "p0LmQ4vXs9EtRk2WnYp6HdGu7f1cQz0LmB4vXs9EtRk="  # BAD
AES_KEY = b"k3yOfTheCl1nic42"  # BAD


def seal(text: str) -> bytes:
    return Fernet(RECORDS_ENCRYPTION_KEY).encrypt(text.encode())
