"""What can be guessed is found; what is random never is."""

from __future__ import annotations

import base64
import random
import string

import pytest

from ostiary.parts.tokens.strength import fault_of

GUESSABLE = [
    "a-string-secret-at-least-256-bits-long", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970", "thisisthesecretkeywhichisnotsosecretatall",
    "your-256-bit-secret-your-256-bit-secret", "correct-horse-battery-staple-correct-horse", "0123456789abcdef0123456789abcdef",
    "super_secret_key_for_jwt_that_is_at_least_32_bytes!", "MyVerySecureAndLongJwtSecretKey123!@#", "secretsecretsecretsecretsecretsec",
    "please-change-me-in-production-32-bytes-long", "qwertyuiopasdfghjklzxcvbnm123456", "x" * 64, "ab" * 20, " " * 40, "",
    "abcdefghijklmnopqrstuvwxyz0123456789", "changeme-changeme-changeme-changeme-2024", "T7$kQ9!m" * 4,
]  # fmt: skip


@pytest.mark.parametrize("secret", GUESSABLE)
def test_it_can_be_guessed(secret: str) -> None:
    fault = fault_of(secret)
    assert fault
    assert not secret or secret not in fault


def test_random_secrets_of_every_make_are_taken() -> None:
    """The generator is seeded, so that this cannot fail once in a million runs."""
    dice = random.Random(20250)
    letters = string.ascii_letters + string.digits
    for _ in range(3000):
        raw = dice.randbytes(32)
        secrets = [
            raw.hex(), dice.randbytes(16).hex(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("="),
            raw.decode("latin-1"), "".join(dice.choices(letters, k=32)), "".join(dice.choices(string.ascii_lowercase, k=32)),
            base64.b32encode(raw).decode(), "-".join("".join(dice.choices(letters, k=8)) for _ in range(4)),
        ]  # fmt: skip
        for secret in secrets:
            assert fault_of(secret) == "", repr(secret)


def test_a_passphrase_of_uncommon_words_is_not_called_guessable() -> None:
    """Six words by dice hold 77 bits; whether that is enough, its length decides elsewhere."""
    assert fault_of("gizmo-tundra-velvet-maroon-pickle-orbit-sheriff") == ""
