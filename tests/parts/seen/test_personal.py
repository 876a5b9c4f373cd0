"""What tokens tell of people is seen; ids, times and rights are not taken for it."""

from __future__ import annotations

from typing import Any

import pytest

from ostiary.parts.seen import cookies, owners, personal, things


@pytest.mark.parametrize(
    "claims",
    [
        {
            "sub": "1f0c6f7e-2f4a-4f0e-8a83-6a1f2f9f7b10",
            "iat": 1795346492,
            "exp": 1795347092,
            "scope": "a:read",
            "roles": ["x"],
        },
        {"iss": "https://id.corp.internal", "aud": ["api"], "jti": "4111111111111111", "azp": "a@b.example"},
        {"sub": "4111111111111111"},  # a number may be an id
        {"sub": "alice", "name": "alice", "address": {}, "phone_number_verified": True, "order": "1234567890123"},
        {"https://claims.example/tenant": "acme", "sid": "9f27c1", "amr": ["pwd"], "password_changed": "2026-01-01"},
    ],
)
def test_what_a_token_needs_is_fine(claims: dict[str, Any]) -> None:
    assert (personal.secrets_in(claims), personal.details_in(claims)) == ([], [])


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sub": "alice@mail.example"}, "e-mail"),
        ({"user": {"contact": "+49 30 1234567"}}, "phone"),
        ({"payment": "4111 1111 1111 1111"}, "card"),
        ({"birthdate": "1990-01-01"}, "birth"),
        ({"db": "10.1.2.3"}, "network"),
    ],
)
def test_personal_details_are_told(claims: dict[str, Any], told: str) -> None:
    assert told in personal.details_in(claims)[0]


def test_secrets_in_a_token_are_told() -> None:
    assert "password" in personal.secrets_in({"sub": "a", "user": {"password": "hunter2hunter"}})[0]
    assert personal.secrets_in({"hash": "$2b$12$" + "a" * 53})


@pytest.mark.parametrize(
    "field",
    [
        "sessionid=k3jd8fh2kd93jf7; Path=/",
        "connect.sid=s%3Aabc; HttpOnly",
        "JSESSIONID=1",
        "__Host-auth=x",
        "p=k3Jd8fH2kD93jf7Q2w3E",
    ],
)
def test_cookies_with_state_are_recognised(field: str) -> None:
    assert cookies.read(field).is_state


@pytest.mark.parametrize(
    "field",
    ["csrftoken=k3Jd8fH2kD93jf7Q2w3E4r", "XSRF-TOKEN=a", "lang=en", "theme=dark", "_ga=GA1.1.123456789.123456789"],
)
def test_preferences_and_form_tokens_are_not(field: str) -> None:
    assert not cookies.read(field).is_state


def test_a_cookie_that_is_taken_away_needs_no_flags() -> None:
    assert cookies.read("session=; Max-Age=0").deletes(1e9)
    assert cookies.read("session=; expires=Thu, 01-Jan-1970 00:00:00 GMT").deletes(1e9)
    assert not cookies.read("session=abc; Max-Age=3600").deletes(1e9)
    assert not cookies.read("session=abc").deletes(1e9)


def test_owners_are_told_from_authors() -> None:
    assert owners.owners_in({"orders": [{"owner_id": 7, "customer": {"id": "c1"}}]}) == {"7", "c1"}
    assert (
        owners.owners_in({"article": {"author": {"username": "bob"}, "createdBy": "bob", "username": "bob"}}) == set()
    )
    assert owners.is_privileged({"roles": ["customer"]}) is False
    assert owners.is_privileged({"is_superuser": True}) is True
    assert owners.is_privileged({"scope": "openid"}) is None  # says nothing of the user
    role = "0b9f7c1e-2f0c-4c9e-8a52-1d6f0a3b7c11"
    assert owners.is_privileged({"role": role}) is None
    assert owners.is_privileged({"role": role, "admin_access": True}) is True
    assert owners.is_privileged({"role": role, "admin_access": False}) is False


def test_objects_are_named_and_compared() -> None:
    assert things.aimed("/orders/1?x=2", "a/b") == "/orders/a%2Fb?x=2"
    assert things.listed({"data": {"items": [{"id": 1}]}}) == [{"id": 1}]
    assert things.id_of({"book_title": "T", "user": "n"}, "book_title") == "T"
    mine = {"id": 1, "owner": "alice", "note": "x", "price": 3}
    assert things.shows(mine, dict(mine))
    assert not things.shows(mine, {"id": 1})
    assert things.lists_whole([mine], {"order": mine})
    assert not things.lists_whole([{"id": 1}], mine)
