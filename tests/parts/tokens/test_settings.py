"""An issuer that could not be believed, or only by accident, stops the start with the place and the reason."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from minting import AUDIENCE, ISSUER, b64, jwk, key, pem
from ostiary import config
from ostiary.errors import ConfigError
from ostiary.gateway.certificate import self_made
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens import Tokens
from ostiary.store.memory import MemoryStore
from ostiary.strict import Duration, Secret, Size


def start(
    *, profile: str = "production", name: str = "main", more: dict[str, Issuer] | None = None, **changes: Any
) -> Tokens:
    store = MemoryStore(clock=time.monotonic, now=time.time)
    issuer = Issuer(**{"issuer": ISSUER, "audience": (AUDIENCE,), **changes})
    return Tokens(
        {name: issuer, **(more or {})},
        where="ostiary.toml",
        profile=profile,
        store=store,
        clock=time.monotonic,
        now=time.time,
    )


def secret(value: Any) -> Secret:
    return Secret(value if isinstance(value, str) else json.dumps(value))


GOOD = secret(secrets.token_urlsafe(48))
CERTIFICATE = x509.load_pem_x509_certificate(self_made(dt.datetime.now(dt.UTC))).public_bytes(Encoding.PEM).decode()
PRIVATE = key("ES256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two sources of keys": ({"key": GOOD, "jwks": f"{ISSUER}/jwks"}, "several places"),
    "discovery and a key": ({"key": GOOD, "discovery": f"{ISSUER}/metadata"}, "several places"),
    "no source of keys": ({"issuer": "main", "audience": ("a",)}, "has no keys"),
    "no issuer": ({"issuer": "", "key": GOOD}, "issuer: is not given"),
    "no audience": ({"audience": (), "key": GOOD}, "audience: is not given"),
    "no issuer, and none needed": ({"issuer": "", "key": GOOD}, 'required = ["aud", "exp", "iat", "sub"]'),
    "no audience, and none needed": ({"audience": (), "key": GOOD}, 'required = ["iss", "exp", "iat", "sub"]'),
    "passwords for tokens": ({"key": GOOD, "scheme": "Basic"}, "no word for tokens"),
    "two words": ({"key": GOOD, "scheme": "Bearer Token"}, "no word for tokens"),
    "DPoP for all": ({"key": GOOD, "scheme": "DPoP"}, "always known"),
    "none": ({"key": GOOD, "algorithms": ("none",)}, '"none" is no signature'),
    "None": ({"key": GOOD, "algorithms": ("HS256", "None")}, "is no signature"),
    "an unknown algorithm": ({"key": GOOD, "algorithms": ("HS1024",)}, "'HS1024' is not known"),
    "an algorithm in lower case": ({"key": GOOD, "algorithms": ("hs256",)}, "is not known"),
    "an algorithm for encryption": ({"key": GOOD, "algorithms": ("RSA-OAEP",)}, "is not known"),
    "families mixed": ({"key": GOOD, "algorithms": ("HS256", "RS256")}, "mixes shared secrets and public keys"),
    "families mixed in a set": ({"key": secret({"keys": [jwk("RS256"), {"kty": "oct", "k": "A" * 43}]})}, "can be guessed"),
    "a shared secret that is published": ({"jwks": f"{ISSUER}/jwks", "algorithms": ("HS256",)}, "not published"),
    "a short secret": ({"key": secret(secrets.token_urlsafe(16))}, "32 bytes at least"),
    "a secret too short for HS512": ({"key": secret(secrets.token_urlsafe(36)), "algorithms": ("HS512",)}, "64 bytes at least"),
    "one character": ({"key": secret("a" * 64)}, "too few different characters"),
    "a known secret": ({"key": secret("a-string-secret-at-least-256-bits-long")}, "an example from a manual"),
    "a known secret in other letters": ({"key": secret("A-String-Secret-At-Least-256-Bits-Long")}, "an example from a manual"),
    "words": ({"key": secret("please-change-this-super-secret-jwt-signing-key-2024!")}, "made of words"),
    "a unit repeated": ({"key": secret("k7Gq9x2LpVz4" * 4)}, "repeats itself"),
    "the alphabet": ({"key": secret("abcdefghijklmnopqrstuvwxyz0123456789")}, "follows the alphabet"),
    "a row of keys": ({"key": secret("qwertyuiopasdfghjklzxcvbnm0987654321")}, "follows the alphabet"),
    "a secret that is a JWK of words": ({"key": secret({"kty": "oct", "k": "c2VjcmV0" * 6})}, "can be guessed"),
    "a small RSA key": ({"key": secret(pem(rsa.generate_private_key(65537, 1024)))}, "1024 bits"),
    "a private key": ({"key": secret(PRIVATE)}, "private key"),
    "a private JWK": ({"key": secret({**jwk("ES256"), "d": "AQAB"})}, "private key"),
    "a curve that is not taken": ({"key": secret(pem(ec.generate_private_key(ec.SECP256K1())))}, "curve"),
    "another such": ({"key": secret(pem(ed448.Ed448PrivateKey.generate()))}, "curve"),
    "a key that is none": ({"key": secret("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")}, "not a PEM"),
    "a key for another algorithm": ({"key": secret(pem(key("ES256"))), "algorithms": ("RS256",)}, "for its kind"),
    "a JWK for another algorithm": ({"key": secret(jwk("RS256")), "algorithms": ("PS256",)}, "not among the allowed"),
    "a JWK for encryption": ({"key": secret(jwk("RS256", use="enc"))}, "no key that signatures can be verified with"),
    "two keys of one kid": ({"key": secret({"keys": [jwk("ES256"), jwk("ES256", 1, kid="es256-0")]})}, "same kid"),
    "keys that are no keys": ({"key": secret({"keys": [1]})}, "is not an object"),
    "a set that is none": ({"key": secret({"keys": {}})}, "neither a JWK nor a JWK set"),
    "a public key as a shared secret": (
        {"key": secret({"kty": "oct", "k": b64(pem(key("RS256")))})}, "everybody knows"
    ),
    "a member twice": ({"key": secret('{"kty":"oct","k":"AAAA","k":"BBBB"}')}, "names a member twice"),
    "a file that is not there": ({"jwks": "nowhere.json"}, "cannot be read"),
    "http": ({"jwks": "http://id.test/jwks"}, "jwks: is not https"),
    "http to this machine": ({"jwks": "http://127.0.0.1:8080/jwks"}, "is not https"),
    "an http issuer": ({"issuer": "http://id.test"}, "issuer: is not https"),
    "a metadata service": ({"jwks": "https://169.254.169.254/jwks", "private": True}, "leads to a private address"),
    "a private address": ({"discovery": "https://10.0.0.1/metadata"}, "leads to a private address"),
    "introspection without TLS": ({"introspection": "http://id.test/introspect"}, "is not https"),
    "a client without introspection": ({"key": GOOD, "client": "us"}, "only for introspection"),
    "a long leeway": ({"key": GOOD, "leeway": Duration("2m")}, "over a minute"),
    "a refresh longer than staleness": ({"refresh": Duration("2h"), "stale": Duration("1h")}, "shorter than refresh"),
    "no room for a token": ({"key": GOOD, "longest": Size("16B")}, "not between"),
    "a name that is none": ({"key": GOOD, "name": "a:b"}, "is not a name"),
    "an issuer twice": ({"key": GOOD, "more": {"again": Issuer(issuer=ISSUER, audience=("x",), key=GOOD)}}, "same as"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_at_start(what: str) -> None:
    changes, problem = REFUSED[what]
    with pytest.raises(ConfigError, match=r"ostiary\.toml: \[issuers\.") as caught:
        start(**changes)
    assert problem in str(caught.value)


def test_a_refusal_repeats_no_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        start(key=secret("hunter2hunter2hunter2hunter2hunter2"))
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value.__cause__)


TAKEN: dict[str, dict[str, Any]] = {
    "a shared secret": {"key": GOOD},
    "hexadecimal digits": {"key": secret(secrets.token_hex(32))},
    "random bytes": {"key": secret({"kty": "oct", "k": b64(secrets.token_bytes(32))})},
    "a PEM": {"key": secret(pem(key("RS256")))},
    "a certificate": {
        "key": secret(CERTIFICATE)
    },
    "a JWK": {"key": secret(jwk("EdDSA"))},
    "a JWK by its newer name": {"key": secret(jwk("Ed25519"))},
    "a JWK without an algorithm": {"key": secret(jwk("RS256", alg=None)), "algorithms": ("PS512",)},
    "a set, one of it for encryption": {"key": secret({"keys": [jwk("RS256"), jwk("RS256", 1, use="enc", alg="RSA-OAEP")]})},
    "discovery by name": {},
    "a key set's URL": {"jwks": f"{ISSUER}/jwks"},
    "no audience, as it is not required": {"key": GOOD, "audience": (), "required": ("iss", "exp")},
    "no issuer, as it is not required": {"key": GOOD, "issuer": "", "required": ("aud", "exp")},
    "this machine in development": {"jwks": "http://127.0.0.1:8080/jwks", "profile": "development"},
    "this machine where that is meant": {"jwks": "http://localhost:8080/jwks", "private": True},
    "a private address where that is meant": {"jwks": "https://10.0.0.1/jwks", "private": True},
}  # fmt: skip


@pytest.mark.parametrize("what", TAKEN)
def test_it_is_taken(what: str) -> None:
    start(**TAKEN[what])


def test_a_file_is_read_as_a_set(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk("ES256"), jwk("RS256")]}), encoding="utf-8")
    start(jwks=str(file))


def test_a_file_with_a_bare_secret_is_no_set(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(GOOD.reveal(), encoding="utf-8")
    with pytest.raises(ConfigError, match="not JSON"):
        start(jwks=str(file))


def test_families_are_not_mixed_in_a_set() -> None:
    """A key for HMAC beside a public one: RFC 8725 section 3.1."""
    strong = {"kty": "oct", "k": b64(secrets.token_bytes(32)), "kid": "s"}
    with pytest.raises(ConfigError, match="mixes"):
        start(key=secret({"keys": [jwk("ES256"), strong]}))


def test_issuers_are_read_from_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEY", GOOD.reveal())
    plain = {
        "issuers": {"main": {"issuer": ISSUER, "audience": [AUDIENCE], "key": {"env": "TOKEN_KEY"}, "leeway": "10s"}}
    }
    found = config.from_plain(plain).issuers["main"]
    assert float(found.leeway) == 10.0
    start(key=found.key)


def test_without_the_libraries_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    for name in [each for each in sys.modules if each.startswith(("ostiary.parts.tokens.jws", "joserfc."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("ostiary.parts.tokens.jws")
    with pytest.raises(ConfigError, match=r"pip install 'ostiary\[tokens\]'"):
        start(key=GOOD)
