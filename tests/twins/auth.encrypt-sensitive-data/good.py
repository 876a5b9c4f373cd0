"""Health records of an invented clinic, encrypted with a key that a key service unwraps."""

import os

from cryptography.fernet import Fernet

ENCRYPTION_KEY_ID = "alias/records-2026"
ENCRYPTION_KEY = os.environ["RECORDS_ENCRYPTION_KEY"]
AES_KEY_SIZE = 32
CIPHER = "AES-256-GCM"


def seal(text: str) -> bytes:
    return Fernet(ENCRYPTION_KEY).encrypt(text.encode())
