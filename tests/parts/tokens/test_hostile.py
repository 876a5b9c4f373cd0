"""Whatever is sent, the answer is yes or no and never an accident; no changed token is a yes."""

from __future__ import annotations

import contextlib
import json
import time
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exchanges import ask, compiled, exchange
from minting import b64, by_hand, claims, key, mint, shared
from ostiary.errors import Denied
from ostiary.guard.site import Compiled
from ostiary.parts.tokens import Tokens
from ostiary.store.memory import MemoryStore

ONLY = ("jwt.algorithm-pinned", "beyond.jwt-claims-validated", "jwt.access-ttl-short", "jwt.size-bounded")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
CLAIMS = st.sampled_from(
    ["iss", "aud", "exp", "iat", "nbf", "sub", "cnf", "scope", "roles", "client_id", "azp", "typ", "token_use", "type", "nonce", "events"]
)  # fmt: skip
HEADERS = st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "jku", "x5c", "cty", "b64", "zip", "enc"])


@cache
def policy() -> Compiled:
    return compiled(only=ONLY, issuers={"main": shared(roles_claim="roles.inner", subject_claim="sub")})


@cache
def tokens() -> Tokens:
    store = MemoryStore(clock=time.monotonic, now=time.time)
    return Tokens(
        {"main": shared()}, where="test", profile="production", store=store, clock=time.monotonic, now=time.time
    )


def status(value: bytes) -> int:
    made = exchange("GET", "/items")
    made.headers = [*made.headers, (b"authorization", value)]
    reply = ask(policy(), made)
    assert reply is None or made.principal is None or made.principal.subject == "user-1" or reply.status == 401
    return 0 if reply is None else reply.status


@given(st.binary(max_size=200))
def test_bytes_that_are_no_token_are_no_accident(value: bytes) -> None:
    assert status(b"Bearer " + value) == 401
    assert status(value) in {0, 401, 431}


@given(st.dictionaries(CLAIMS, JSON))
def test_claims_of_any_shape_are_no_accident(changes: dict[str, Any]) -> None:
    token = by_hand('{"alg":"HS256","typ":"at+jwt"}', json.dumps(claims() | changes), key("HS256"), "HS256")
    assert status(f"Bearer {token}".encode()) in {0, 401, 431}


@given(st.dictionaries(HEADERS, JSON))
def test_headers_of_any_shape_are_no_accident(changes: dict[str, Any]) -> None:
    header = {"alg": "HS256", "typ": "at+jwt"} | changes
    token = by_hand(json.dumps(header), json.dumps(claims()), key("HS256"), "HS256")
    assert status(f"Bearer {token}".encode()) in {0, 401, 431}
    if changes.get("alg", "HS256") != "HS256" or {"crit", "jwk", "jku", "x5c", "b64", "zip", "enc"} & changes.keys():
        assert status(f"Bearer {token}".encode()) != 0


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_parts_of_any_bytes_are_no_accident(first: bytes, second: bytes, third: bytes) -> None:
    assert status(f"Bearer {b64(first)}.{b64(second)}.{b64(third)}".encode()) == 401


@given(st.data())
def test_no_changed_token_is_believed(data: st.DataObject) -> None:
    token = mint("HS256")
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.=+/ "))
    changed = data.draw(
        st.sampled_from(
            [token[:at] + letter + token[at + 1 :], token[:at] + letter + token[at:], token[:at] + token[at + 1 :]]
        )
    )
    if changed == token:
        return
    made = exchange("GET", "/items", [("authorization", f"Bearer {changed}")])
    with contextlib.suppress(Denied):
        tokens().read(made)
    assert made.principal is None
