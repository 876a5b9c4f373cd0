"""Shapes are made here from their documented formats; none of them is anybody's secret."""

from __future__ import annotations

import json

import pytest

from ostiary.parts.secret_shapes import HIDDEN, without_shapes, without_shapes_in_page
from ostiary.parts.secrets import may_hold_one

A = "aB3" * 100
BASE32 = "ABCD2345" * 4
HASHES = [
    "$2b$12$" + A[:53], "$2y$10$" + A[:53], "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$" + A[:43], "$argon2i$m=4096,t=3,p=1$c2Fs$aGFz",
    "pbkdf2_sha256$1000000$salt$" + A[:43], "pbkdf2:sha256:600000$salt$" + A[:64], "bcrypt_sha256$$2b$12$" + A[:53],
    "scrypt:32768:8:1$salt$" + A[:64], "$scrypt$ln=16,r=8,p=1$" + A[:22] + "$" + A[:43], "$6$rounds=5000$salt$" + A[:86], "$5$salt$" + A[:43],
    "$1$salt$" + A[:22], "$apr1$salt$" + A[:22], "$y$j9T$" + A[:22] + "$" + A[:43], "$pbkdf2-sha256$29000$" + A[:22] + "$" + A[:43],
    "{SSHA}" + A[:32], "{SSHA512}" + A[:88], "{CRYPT}$6$salt$" + A[:86],
]  # fmt: skip
KEYS = [
    "-----BEGIN RSA PRIVATE KEY-----\n" + A[:64] + "\n-----END RSA PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n" + A[:64],
    "-----BEGIN OPENSSH PRIVATE KEY-----\n" + A[:70] + "\n-----END OPENSSH PRIVATE KEY-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + A[:64],
    "ghp_" + A[:36], "gho_" + A[:36], "github_pat_" + A[:82], "glpat-" + A[:20], "xoxb-" + "1234567890-" + A[:24], "xapp-1-" + A[:40],
    "sk_" + "live_" + A[:24], "rk_" + "live_" + A[:24], "whsec_" + A[:32], "SG." + A[:22] + "." + A[:43], "AKIA" + BASE32[:16], "ASIA" + BASE32[:16],
    "GOCSPX-" + A[:28], "ya29." + A[:60], "npm_" + A[:36], "pypi-AgE" + A[:80], "dop_v1_" + "0a" * 32, "shpat_" + "0a" * 16,
    "sk-ant-" + A[:90], "sk-proj-" + A[:48], "sk-" + A[:20] + "T3Blbk" + "FJ" + A[:20], "hvs." + A[:24], "hf_" + "aBcD" * 8 + "aB", "dapi" + "0a" * 16,
    "lin_api_" + A[:40], "AGE-SECRET-KEY-1" + BASE32[:32] + BASE32[:26], "123456789:AA" + A[:33],
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + A[:86] + "==", "https://hooks.slack.com/services/" + "T12345678/B12345678/" + A[:24],
]  # fmt: skip


@pytest.mark.parametrize("value", HASHES)
def test_a_password_hash_is_never_shown(value: str) -> None:
    assert without_shapes(value, keys=False) == HIDDEN
    assert may_hold_one(json.dumps({"x": value}).encode())
    assert may_hold_one(json.dumps({"x": value}).replace("/", "\\/").encode())  # as PHP writes it


@pytest.mark.parametrize("value", KEYS, ids=[each[:12] for each in KEYS])
def test_keys_and_tokens_are_shown_by_those_who_issue_them_only(value: str) -> None:
    shown = without_shapes(value, keys=True)
    assert HIDDEN in shown
    assert A[:20] not in shown
    assert BASE32[:16] not in shown
    assert without_shapes(value, keys=False) == value
    assert may_hold_one(json.dumps({"x": value}).encode())
    assert HIDDEN in without_shapes(f"the value is {value}", keys=True)


@pytest.mark.parametrize(
    "value",
    [each for each in HASHES if each.startswith(("$2", "$argon2id", "$6$salt", "$5$", "$1$", "$apr1", "pbkdf2_"))],
)
def test_a_hash_within_a_text_is_hidden_and_the_text_stays(value: str) -> None:
    assert without_shapes(f"stored: {value}, since", keys=False) == f"stored: {HIDDEN}, since"
    assert without_shapes_in_page(f"ann,{value},1\n", keys=False) == f"ann,{HIDDEN},1\n"


def test_a_password_in_a_url_is_hidden_and_the_rest_stays() -> None:
    assert without_shapes("postgres://shop:hunter2@db/shop", keys=True) == f"postgres://shop:{HIDDEN}@db/shop"
    assert may_hold_one(b'{"x": "postgres:\\/\\/shop:hunter2@db\\/shop"}')
    assert without_shapes("https://example.com/@ann:1@2", keys=True) == "https://example.com/@ann:1@2"


def test_a_key_ends_where_its_end_line_is() -> None:
    text = f"first\n{KEYS[0]}last -----BEGIN PUBLIC KEY-----"
    assert without_shapes(text, keys=True) == f"first\n{HIDDEN}\nlast -----BEGIN PUBLIC KEY-----"


BENIGN = [
    "3f2b1a90-1111-4222-8333-444455556666", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c442" * 8, 'W/"33a64df551425fcc55e4d42a148795d9f25f89d4"',
    "sha256:" + "e3b0c442" * 8, "sha512-" + A[:86] + "==", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqh", "-----BEGIN CERTIFICATE-----\nMIIB",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + A[:43], "pk_live_" + A[:24], "AIza" + A[:35], "https://example.com/?a=$1&b=$2", "costs $200 or $ 5",
    "{SHA} is an algorithm", "$6", "a $1$ b", "npm_config_cache", "Asia/Tokyo", "AKIA is a prefix", "sg.geojson", "ghp_short", "shf_", "eyJhbGciOi",
    "the scrypt: algorithm", "bcrypt", "data:image/png;base64," + A, "arn:aws:iam::123456789012:user/ann", "2026-11-22T10:00:00.000Z",
    "urn:uuid:3f2b1a90-1111-4222-8333-444455556666", "AC" + "0a" * 16, "cus_" + A[:14], "pi_" + A[:24] + "_" + "x", "00:aa:11:bb:22:cc", "12:AAPL",
]  # fmt: skip


@pytest.mark.parametrize("value", BENIGN)
def test_what_only_looks_technical_is_shown(value: str) -> None:
    assert without_shapes(value, keys=True) == value
    assert without_shapes_in_page(value, keys=True) == value


def test_a_manual_may_speak_of_keys_and_connection_strings() -> None:
    page = "Paste -----BEGIN PRIVATE KEY----- ... -----END PRIVATE KEY----- and set DATABASE_URL=postgres://user:password@localhost/db"
    assert without_shapes_in_page(page, keys=True) == page
    real = f"<pre>-----BEGIN PRIVATE KEY-----\n{A[:64]}\n-----END PRIVATE KEY-----</pre>"
    assert without_shapes_in_page(real, keys=True) == f"<pre>{HIDDEN}</pre>"
