"""Secrets that people give to HMAC when they do not think: words, examples of manuals, and numbers."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from ostiary.parts.seen.tokens import Token

_WORDS: Final = (
    "secret", "key", "password", "passwd", "pass", "token", "jwt", "auth", "admin", "administrator", "root", "test",
    "testing", "dev", "development", "prod", "production", "staging", "demo", "example", "sample", "default", "changeme",
    "change-me", "change_me", "changethis", "changeit", "replaceme", "replace-me", "todo", "foo", "bar", "foobar", "baz",
    "hello", "world", "helloworld", "hello-world", "letmein", "welcome", "qwerty", "abc", "abcdef", "abcdefg", "asdf",
    "asdfgh", "iloveyou", "dragon", "monkey", "master", "shadow", "sunshine", "princess", "football", "superman",
    "batman", "trustno1", "random", "string", "private", "public", "none", "null", "undefined", "empty", "user", "guest",
    "app", "api", "server", "client", "service", "session", "cookie", "signature", "sign", "signing", "hmac", "hs256",
    "sha256", "salt", "pepper", "keyboard cat", "shhhhh", "shhh", "ssh", "supersecret", "super-secret", "super_secret",
    "topsecret", "top-secret", "top_secret", "verysecret", "very-secret", "very_secret", "mysecret", "my-secret",
    "my_secret", "oursecret", "thesecret", "this-is-secret", "notsecret", "not-so-secret", "asecret", "s3cr3t", "s3cret",
    "secr3t", "p@ssw0rd", "p@ssword", "passw0rd", "pa55word", "secretkey", "secret-key", "secret_key", "secret key",
    "mysecretkey", "my-secret-key", "my_secret_key", "jwtsecret", "jwt-secret", "jwt_secret", "jwtkey", "jwt-key",
    "jwt_key", "jwtsecretkey", "jwt-secret-key", "jwt_secret_key", "myjwtsecret", "my-jwt-secret", "tokensecret",
    "token-secret", "token_secret", "accesstoken", "access-token", "access_token_secret", "appsecret", "app-secret",
    "app_secret", "appkey", "app-key", "app_key", "apikey", "api-key", "api_key", "api-secret", "clientsecret",
    "client-secret", "client_secret", "signingkey", "signing-key", "signing_key", "privatekey", "private-key",
    "private_key", "sharedsecret", "shared-secret", "shared_secret", "sessionsecret", "session-secret", "authsecret",
    "auth-secret", "auth_secret", "yoursecret", "your-secret", "your_secret", "yoursecretkey", "your-secret-key",
    "your_secret_key", "your_jwt_secret", "your-jwt-secret", "your-256-bit-secret", "your-384-bit-secret",
    "your-512-bit-secret", "a-string-secret-at-least-256-bits-long", "some-secret", "some_secret", "somesecret",
    "insert-secret-here", "secret-goes-here", "put-your-secret-here", "supersecretkey", "super-secret-key",
    "super_secret_key", "supersecretjwtkey", "verysecretkey", "django-insecure", "laravel", "express", "flask", "fastapi",
    "spring", "node", "nodejs", "golang", "rails", "dummy", "temp", "tmp", "fake", "insecure", "unsafe", "weak", "simple",
)  # fmt: skip
_ENDS: Final = (
    "",
    "1",
    "12",
    "123",
    "1234",
    "12345",
    "123456",
    "!",
    "0",
    "2023",
    "2024",
    "2025",
    "2026",
    "key",
    "_key",
    "-key",
)
_NUMBERS: Final = (
    "1234567890",
    "0123456789",
    "12345678",
    "123456789",
    "987654321",
    "abc123",
    "123abc",
    "1q2w3e4r",
    "1qaz2wsx",
)
_MOST_NUMBERS: Final = 10_000
COUNT: Final = len(_WORDS) * len(_ENDS) * 3 + _MOST_NUMBERS


def guess(token: Token, *about: str) -> bytes | None:
    """The secret that signed a token, if it is one of these; nothing is sent anywhere.

    :param about: texts about the API (its title, its host) whose words are tried too.
    """
    if not token.is_hmac:
        return None
    named = (str(token.claims.get("iss", "")), str(token.claims.get("aud", "")), *about)
    words = {word.lower() for text in named for word in re.split(r"[^A-Za-z0-9]+", text) if len(word) > 2}  # noqa: PLR2004
    return next((each for each in _keys(sorted(words)) if token.signed_by(each)), None)


def _keys(more: list[str]) -> Iterator[bytes]:
    yield b""
    for word in (*_WORDS, *_NUMBERS, *more):
        for spelt in dict.fromkeys((word, word.capitalize(), word.upper())):
            for end in _ENDS:
                yield f"{spelt}{end}".encode()
        decoded = _decoded(word)
        if decoded:
            yield decoded
    for number in range(_MOST_NUMBERS):
        yield str(number).encode()
    for letter in "0aAxX1f":  # as long as a key should be, and as empty
        for length in (8, 16, 24, 32, 48, 64):
            yield (letter * length).encode()
    for size in (16, 32, 64):
        yield bytes(size)
    yield b"0123456789abcdef" * 2
    yield b"0123456789abcdef"
    yield b"12345678901234567890123456789012"
    yield b"abcdefghijklmnopqrstuvwxyz"


def _decoded(word: str) -> bytes:
    """Some libraries take their secrets for base64."""
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""
