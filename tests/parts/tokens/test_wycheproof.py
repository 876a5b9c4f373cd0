"""Every vector of Project Wycheproof for JWS and JWK, through our own reading of keys and tokens."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ostiary.errors import ConfigError
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens import keys
from ostiary.parts.tokens.jws import Malformed, parse
from ostiary.strict import Secret

FOLDER = Path(os.environ.get("WYCHEPROOF", Path(__file__).parents[4] / "shared" / "data" / "wycheproof"))
SIGNATURES = "json_web_signature_test.json"
KEYS = "json_web_key_test.json"

# Valid for Wycheproof and refused here, by file and number, each for a reason.
STRICTER = {
    (SIGNATURES, 346): "the key says PS256, the token PS384: a key has one algorithm",
    (SIGNATURES, 350): "as 346",
    (SIGNATURES, 347): "the key says ES521, which no algorithm is called",
    (SIGNATURES, 351): "as 347",
    (SIGNATURES, 372): "a character that base64url does not have, in the header",
    (SIGNATURES, 373): "as 372, in the payload",
}
CONTRADICTED = {
    (SIGNATURES, 367): 357,
    (SIGNATURES, 370): 357,
}  # invalid, and letter by letter the same as this valid one
KNOWN = {(SIGNATURES, 348), (SIGNATURES, 352)}  # verified, but with keys from an RFC, which the policy may not give


@cache
def groups(name: str) -> list[dict[str, Any]]:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"WYCHEPROOF VECTORS NOT RUN: no {name} in {FOLDER}; set WYCHEPROOF to their folder")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["testGroups"]
    return found


def vectors(name: str) -> Iterator[tuple[int, keys.Ring | None, Any, bool]]:
    for group in groups(name):
        key = Secret(json.dumps(group.get("public", group["private"])))
        try:
            ring = keys.given(Issuer(key=key), "test")
        except ConfigError:
            ring = None
        for each in group["tests"]:
            yield each["tcId"], ring, each["jws"], each["result"] == "valid"


def accepts(ring: keys.Ring | None, token: Any) -> bool:
    if ring is None:
        return False
    try:
        compact = parse(token.encode() if isinstance(token, str) else json.dumps(token).encode(), longest=65536)
    except Malformed:
        return False
    found = ring.find(compact.header.get("kid", ""), compact.header["alg"])
    return any(key.verify(compact.signed, compact.signature) for key in found or ())


@pytest.fixture
def _any_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vectors' secrets are patterns, which would be refused before a signature is looked at."""
    monkeypatch.setattr(keys, "fault_of", lambda _: "")


@pytest.mark.parametrize("name", [SIGNATURES, KEYS])
def test_what_is_invalid_is_refused(name: str) -> None:
    assert [number for number, ring, token, valid in vectors(name) if not valid and accepts(ring, token)] == []


@pytest.mark.usefixtures("_any_secret")
@pytest.mark.parametrize("name", [SIGNATURES, KEYS])
def test_what_is_invalid_is_refused_for_itself_and_not_for_its_weak_secret(name: str) -> None:
    wrong = {(name, number) for number, ring, token, valid in vectors(name) if not valid and accepts(ring, token)}
    assert wrong == {each for each in CONTRADICTED if each[0] == name}
    tokens = {number: token for number, _, token, _ in vectors(name)}
    assert all(tokens[number] == tokens[CONTRADICTED[name, number]] for _, number in wrong)


@pytest.mark.usefixtures("_any_secret")
@pytest.mark.parametrize("name", [SIGNATURES, KEYS])
def test_what_is_valid_is_accepted_but_for_what_we_are_stricter_with(name: str) -> None:
    refused = {(name, number) for number, ring, token, valid in vectors(name) if valid and not accepts(ring, token)}
    assert refused == {each for each in STRICTER if each[0] == name}


@pytest.mark.usefixtures("_any_secret")
def test_invalid_tokens_are_refused_by_keys_that_are_in_use() -> None:
    """The test of what is invalid would pass without a word if we took none of the keys."""
    taken = sum(ring is not None for _, ring, _, valid in vectors(SIGNATURES) if not valid)
    assert taken > 340


def test_keys_that_an_rfc_prints_are_not_taken() -> None:
    rings = {(SIGNATURES, number): ring for number, ring, _, _ in vectors(SIGNATURES)}
    assert {each for each in KNOWN if rings[each] is None} == KNOWN
