"""Tokens are read, broken and made anew by hand, held against PyJWT."""

from __future__ import annotations

import jwt
import pytest

from minting import jwk, key, pem
from ostiary.parts.seen import keysets, tokens, weak_keys

SECRET = "a-long-secret-that-nobody-guesses-0f9c2a71-and-longer-than-a-hash-of-512-bits"
CLAIMS = {"sub": "alice", "exp": 4_000_000_000}


def token(secret: str = SECRET, algorithm: str = "HS256") -> tokens.Token:
    found = tokens.find(f"Bearer {jwt.encode(CLAIMS, secret, algorithm=algorithm)}")
    assert found is not None
    return found


def test_a_token_is_found_where_it_is_carried() -> None:
    raw = token().raw
    held = tokens.carrier([("X-Api-Key", "k"), ("Cookie", f"a=1; session={raw}; b=2")])
    assert held is not None
    assert held.token.claims == CLAIMS
    assert held.carrying("T") == [("X-Api-Key", "k"), ("Cookie", "a=1; session=T; b=2")]


@pytest.mark.parametrize(
    "text", ["", "Bearer abc", "Bearer eyJ.eyJ.x", "Basic YWxpY2U6c2VjcmV0", "Bearer eyJhIjoxfQ.eyJhIjoxfQ.x"]
)
def test_what_is_no_signed_token_is_none(text: str) -> None:
    assert tokens.find(text) is None


def test_a_made_token_is_as_good_as_its_key() -> None:
    for algorithm in ("HS256", "HS384", "HS512"):
        text = tokens.made({"alg": algorithm, "typ": "JWT"}, CLAIMS, SECRET.encode())
        assert jwt.decode(text, SECRET, algorithms=[algorithm]) == CLAIMS


def test_a_broken_token_is_refused_and_gives_nothing_of_the_signature_away() -> None:
    own = token()
    text = tokens.broken(own)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(text, SECRET, algorithms=["HS256"])
    assert own.signature not in text
    assert len(text) == len(own.raw)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(tokens.edited(own, role="admin"), SECRET, algorithms=["HS256"])


@pytest.mark.parametrize("secret", ["secret", "random", "Password123", "changeme", "your-256-bit-secret", "4711", ""])
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_guessable_secrets_are_guessed(secret: str) -> None:
    text = tokens.made({"alg": "HS256"}, CLAIMS, secret.encode())
    found = tokens.find(text)
    assert found is not None
    assert weak_keys.guess(found) == secret.encode()


def test_others_are_not_and_words_of_the_api_are_tried() -> None:
    assert weak_keys.guess(token()) is None
    named = tokens.find(tokens.made({"alg": "HS256"}, CLAIMS, b"Shoplet123"))
    assert named is not None
    assert weak_keys.guess(named) is None
    assert weak_keys.guess(named, "Shoplet API") == b"Shoplet123"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384", "EdDSA"])
def test_published_keys_are_spelt_as_verifiers_hold_them(algorithm: str) -> None:
    assert keysets.pem(jwk(algorithm)).decode() == pem(key(algorithm))


@pytest.mark.parametrize(
    "wrong", [{}, {"kty": "RSA", "n": "!"}, {"kty": "EC", "crv": "P-999"}, {"kty": "oct", "k": "x"}]
)
def test_other_keys_are_nothing(wrong: dict[str, str]) -> None:
    assert keysets.pem(wrong) == b""


@pytest.mark.parametrize("secret", ["acme-secret", "AcmeKey", "SECRET_ACME", "acme2025", "jwt_acme"])
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_what_an_api_is_called_is_tried_as_well(secret: str) -> None:
    assert weak_keys.guess(token(secret), "The Acme API", "127.0.0.1") == secret.encode()
    assert weak_keys.guess(token(secret), "Another") is None


@pytest.mark.parametrize("secret", ["12345", "04711", "superSecretTest", "MySecret", "TOKEN_KEY!", "access", "Refresh"])
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_numbers_with_zeros_in_front_and_joined_words_are_tried(secret: str) -> None:
    assert weak_keys.guess(token(secret), numbers=20_000) == secret.encode()


def test_a_public_key_is_tried_in_all_its_spellings() -> None:
    spelt = keysets.spellings(jwk("RS256"))
    assert pem(key("RS256")).encode() in spelt
    assert sum(each.startswith(b"-----BEGIN RSA PUBLIC KEY-----") for each in spelt) == 2
    chain = jwk("RS256", x5c=["MIIB" + "A" * 80])
    assert any(b"BEGIN CERTIFICATE" in each for each in keysets.spellings(chain))
    assert keysets.spellings({"kty": "oct", "k": "c2VjcmV0"}) == []
