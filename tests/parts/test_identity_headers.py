"""Values of claims become values of headers that say one thing, and nothing else."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import ConfigError
from ostiary.exchange import Exchange, Principal
from ostiary.parts.identity_headers import MOST_VALUE, IdentityHeaders, Signer, spellings, text_of

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("value", "text"),
    [("alice", b"alice"), ("a b", b"a b"), ("", b""), (None, b""), (7, b"7"), (True, b"true"), (False, b"false"), (1.5, b"1.5"),
     (["admin", "staff"], b"admin,staff"), ([], b""), (["a,b", "c"], b"a%2Cb,c"), ("a,b", b"a,b"), ("50%", b"50%25"),
     ("j\u00fcrgen", b"j%C3%BCrgen"), ("a\r\nx-admin: 1", b"a%0D%0Ax-admin: 1"), ("a\0b\x7f", b"a%00b%7F"), (" a ", b"%20a%20"),
     ({"a": 1}, b""), ([{"a": 1}], b""), (["a", ["b"]], b""), ("\ud800", b"%ED%A0%80"), (["", "a"], b"a")],
)  # fmt: skip
def test_what_is_not_visible_ascii_is_encoded(value: Any, text: bytes) -> None:
    assert text_of(value) == text


@given(st.text(), st.text())
def test_two_texts_never_look_the_same(one: str, other: str) -> None:
    found = text_of(one)
    assert all(0x20 <= each <= 0x7E for each in found)
    assert found == found.strip()
    assert (text_of(other) == found) == (one == other)


@given(st.lists(st.text(min_size=1)), st.lists(st.text(min_size=1)))
def test_two_lists_never_look_the_same(one: list[str], other: list[str]) -> None:
    assert (text_of(one) == text_of(other)) == (one == other)


def test_every_spelling_of_a_name_is_its_own() -> None:
    assert spellings(["X-User-Id"]) == {b"x-user-id", b"x_user-id", b"x-user_id", b"x_user_id"}
    assert spellings(["x_user-id"]) == spellings(["x-user-id"])


def headers_of(names: dict[str, str], **rest: Any) -> IdentityHeaders:
    return IdentityHeaders(names, now=lambda: 1000.0, where="here", **rest)


@pytest.mark.parametrize(
    ("names", "rest"),
    [({"": "sub"}, {}), ({"x user": "sub"}, {}), ({"x-\u00fcser": "sub"}, {}), ({"Authorization": "sub"}, {}), ({"host": "sub"}, {}),
     ({"content-length": "sub"}, {}), ({"Cookie": "sub"}, {}), ({"sec-fetch-site": "sub"}, {}), ({"x-forwarded-for": "sub"}, {}),
     ({"x-user": "sub", "X-User": "sub"}, {}), ({"x-user": "sub", "x_user": "sub"}, {}), ({"x-me": "sub"}, {"signed": "X-Me"}),
     ({"x" * 65: "sub"}, {})],
)  # fmt: skip
def test_a_name_that_cannot_name_a_caller_is_a_mistake(names: dict[str, str], rest: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        headers_of(names, **rest)


def sign(
    principal: Principal, now: float = 1000.0, seconds: float = 60.0, claims: tuple[str, ...] = ()
) -> dict[str, Any]:
    text, _ = Signer(KEY, seconds, claims, lambda: now, "here").sign(principal)
    found: dict[str, Any] = jwt.decode(
        text.decode(), KEY, ["HS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert jwt.get_unverified_header(text.decode()) == {"alg": "HS256", "typ": "ostiary-identity+jwt"}
    return found


def alice(**more: Any) -> Principal:
    return Principal(
        **{"subject": "alice", "issuer": "main", "key": "k", "expires": 5000.0, "claims": {"sub": "alice"}, **more}
    )


def test_what_is_signed_is_what_was_verified() -> None:
    who = alice(
        scopes=frozenset({"b", "a"}),
        roles=frozenset({"r"}),
        client="app",
        claims={"sub": "alice", "user": {"mail": "a@b"}},
    )
    assert sign(who, claims=("user.mail", "nothing")) == {
        "iss": "ostiary", "iat": 1000, "exp": 1060, "issuer": "main", "sub": "alice", "client": "app", "scope": "a b", "roles": ["r"],
        "claims": {"user.mail": "a@b"},
    }  # fmt: skip


def test_it_does_not_outlive_the_token() -> None:
    assert sign(alice(expires=1010.0))["exp"] == 1010
    assert sign(alice(expires=0.0))["exp"] == 1060


def test_a_short_key_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        Signer(KEY[:-1], 60, (), lambda: 0.0, "here")


def test_a_signed_header_is_kept_for_half_of_its_life_and_for_its_own_token() -> None:
    now = 1000.0
    signer = Signer(KEY, 60, (), lambda: now, "here")
    headers = IdentityHeaders({}, signed="x-id", signer=signer, now=lambda: now, where="here")

    def written(principal: Principal) -> bytes:
        exchange = Exchange("GET", b"/", b"", [])
        headers.write(exchange, principal)
        return dict(exchange.headers)[b"x-id"]

    first = written(who := alice())
    assert written(who) == first
    now += 29
    assert written(who) == first
    now += 2
    assert written(who) != first
    again = written(who)
    assert written(alice(subject="bob", key="other")) != again
    assert written(alice(subject="bob")) != again  # the same token, of which its issuer now says something else


def test_what_is_too_long_is_left_out() -> None:
    headers = headers_of({"x-name": "name", "x-user": "sub"})
    exchange = Exchange("GET", b"/", b"", [])
    headers.write(exchange, alice(claims={"sub": "alice", "name": "x" * (MOST_VALUE + 1)}))
    assert exchange.headers == [(b"x-user", b"alice")]
