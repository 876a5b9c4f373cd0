"""Which keys may have signed a token: those of our set that it names, and no more than a few where it names none."""

from __future__ import annotations

from typing import Any

import pytest

from minting import b64, jwk, key, mint, pem
from ostiary.parts.tokens.jws import Key, Malformed, Unusable, decode, key_of_jwk, key_of_pem, parse, read_object
from ostiary.parts.tokens.keys import MOST_TRIES, Ring, fetched


def made(algorithm: str = "ES256", number: int = 0, **more: Any) -> Key:
    found = key_of_jwk(jwk(algorithm, number, **more))
    assert found is not None
    return found


def test_a_named_key_is_meant_and_no_other() -> None:
    first, second = made(number=0), made(number=1)
    ring = Ring([first, second])
    assert ring.find("es256-1", "ES256") == (second,)
    assert ring.find("es256-1", "ES384") == ()
    assert ring.find("ES256-1", "ES256") is None
    assert ring.find("es256-2", "ES256") is None


def test_without_a_name_every_key_of_the_algorithm_may_be_meant_within_bounds() -> None:
    ring = Ring([made(number=each) for each in range(MOST_TRIES + 3)] + [made("RS256")])
    assert len(ring.find("", "ES256") or ()) == MOST_TRIES
    assert len(ring.find("", "RS256") or ()) == 1
    assert ring.find("", "EdDSA") == ()


def test_a_key_without_a_name_stands_for_any() -> None:
    nameless, named = made(number=0, kid=None), made(number=1)
    ring = Ring([nameless, named])
    assert ring.find("whatever", "ES256") == (nameless,)
    assert ring.find("es256-1", "ES256") == (named,)


@pytest.mark.parametrize(
    ("changes", "allowed", "bound"),
    [
        ({}, (), {"RS256"}),
        ({"alg": "PS384"}, (), {"PS384"}),
        ({"alg": None}, (), {"RS256"}),
        ({"alg": None}, ("PS256", "RS256"), {"PS256"}),
        ({"alg": None}, ("ES256", "RS512"), {"RS512"}),
    ],
)
def test_a_key_has_one_algorithm(changes: dict[str, Any], allowed: tuple[str, ...], bound: set[str]) -> None:
    found = key_of_jwk(jwk("RS256", **changes), allowed)
    assert found is not None
    assert found.algorithms == bound


@pytest.mark.parametrize(
    "changes", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "RSA-OAEP"}, {"alg": "none"}, {"alg": 7}, {"kty": "oct2"}, {"kty": None}]
)  # fmt: skip
def test_keys_for_something_else_are_not_ours(changes: dict[str, Any]) -> None:
    assert key_of_jwk(jwk("RS256", **changes)) is None


@pytest.mark.parametrize(
    "changes", [{"n": "AQAB"}, {"n": None}, {"n": 7}, {"n": "!"}, {"e": "AQ"}, {"kid": 1}, {"kid": "k" * 999}, {"d": "AQAB"}, {"alg": "ES256"}]
)  # fmt: skip
def test_keys_that_are_broken_or_told_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        key_of_jwk(jwk("RS256", **changes))


@pytest.mark.parametrize("changes", [{"x": b64(bytes(32))}, {"crv": "P-384"}, {"y": None}, {"crv": "P-999"}])
def test_points_that_are_not_on_the_curve_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unusable):
        key_of_jwk(jwk("ES256", **changes))


def test_a_published_set_is_bounded() -> None:
    many = {"keys": [jwk("ES256", kid=f"k{each}") for each in range(500)]}
    assert len(fetched(many, (), "main").keys) == 100


def test_a_pem_is_read_whatever_stands_around_it() -> None:
    assert key_of_pem("\n" + pem(key("RS256"))).algorithms == {"RS256"}


@pytest.mark.parametrize("text", [b"QQ==", b"Q", b"QR", b"Q Q", b"QQ\n", b"Q+8", b"Q/8", b"\xff\xff"])
def test_base64url_has_one_spelling(text: bytes) -> None:
    with pytest.raises(Malformed):
        decode(text, "part")


def test_base64url_is_read() -> None:
    assert decode(b"QQ", "part") == b"A"
    assert decode(b"", "part") == b""
    assert decode(b"-_8", "part") == b"\xfb\xff"


@pytest.mark.parametrize(
    "text",
    [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'[{"a":1}]', b'{"a":[{"b":1,"\\u0062":2}]}', b"", b"null", b'{"a":1}x', b'{"a":\xff}', b'{"a":"\xff"}', b"[" * 5000],
)  # fmt: skip
def test_an_object_names_each_member_once(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_object(text, "part")


@pytest.mark.parametrize(
    "text", [b"{}", b'{"a":{"a":1},"b":[{"a":1},{"a":2}]}', b'{"a":"b:c","d\\"":":"}', b'{"a":"\xc3\xa9"}']
)
def test_honest_objects_are_read(text: bytes) -> None:
    assert isinstance(read_object(text, "part"), dict)


def test_a_proof_may_bring_its_key_and_nothing_else_it_must_not() -> None:
    """RFC 9449 section 4.2."""
    proof = mint(header={"jwk": jwk("ES256"), "typ": "dpop+jwt", "kid": None}).encode()
    assert parse(proof, longest=4096, embedded=True).header["jwk"]["kty"] == "EC"
    with pytest.raises(Malformed):
        parse(proof, longest=4096)
    with pytest.raises(Malformed):
        parse(mint(header={"jwk": jwk("ES256"), "jku": "https://x.test"}).encode(), longest=4096, embedded=True)
    with pytest.raises(Malformed, match="too long"):
        parse(proof, longest=100, embedded=True)
