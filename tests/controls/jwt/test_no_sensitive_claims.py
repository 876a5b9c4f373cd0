from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest

from exchanges import answer, api_of, compiled, exchange
from ostiary.config import Override
from ostiary.parts.claims import Token, tokens_in, too_much

ID = "jwt.no-sensitive-claims"
JSON = ("content-type", "application/json")
PLAIN = {"iss": "https://id.example.com", "sub": "248289761001", "aud": "shop", "exp": 1700000000, "iat": 1690000000, "jti": "3f2b1a90",
         "scope": "orders:read profile email", "roles": ["admin"], "client_id": "web", "tenant": "acme", "email_verified": True, "amr": ["pwd", "otp"],
         "sid": "08a5019c-17e1-4977-8f42-65a12843ea02", "acr": "1", "azp": "web", "realm_access": {"roles": ["offline_access"]},
         "preferred_username": "", "https://example.com/org": "acme", "permissions": ["read:users"], "ver": "1.0", "nbf": 1690000000}  # fmt: skip


def jwt(**claims: Any) -> str:
    parts = [json.dumps(each).encode() for each in ({"alg": "RS256", "typ": "JWT"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts), "c2lnbmF0dXJl"])


def issued(
    document: Any,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    path: str = "/login",
    role: str = "login",
    **settings: Any,
) -> int:
    operations = {f"POST {path}": Override(role=role or None)}  # type: ignore[arg-type]  # any role
    policy = compiled(
        api_of({path: {"post": {"responses": {}}}}), only=[ID], controls={ID: settings}, operations=operations
    )
    return answer(policy, exchange("POST", path), 200, [JSON, *headers], json.dumps(document).encode()).status


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"email": "ann@example.com"}, "an e-mail address"), ({"sub": "ann@example.com"}, "an e-mail address"), ({"phone_number": "x"}, "a phone number"),
        ({"upn": "+44 20 7946 0958"}, "a phone number"), ({"given_name": "Ann"}, "a name"), ({"user": {"lastName": "Lee"}}, "a name"),
        ({"address": {"locality": "Rome"}}, "an address"), ({"birthdate": "1990-01-01"}, "a date of birth"), ({"password": "hunter2"}, "a secret"),
        ({"user": {"password_hash": "$2b$12$" + "a" * 53}}, "a secret"), ({"x": "$2b$12$" + "a" * 53}, "a secret"), ({"api_key": "abc"}, "a secret"),
        ({"ssn": "x"}, "a national id"), ({"tax": "078-05-1120"}, "a national id"), ({"card_number": "4111111111111111"}, "a card number"),
        ({"note": "4111 1111 1111 1111"}, "a card number"), ({"db": "postgres://a:b@db/x"}, "a secret"), ({"host": "db1.corp"}, "the name of an internal host"),
        ({"emails": ["ann@example.com"]}, "an e-mail address"), ({"iban": "DE89"}, "a bank account"),
    ],
)  # fmt: skip
def test_what_a_token_must_not_say_is_reported_and_refused_if_asked(
    claims: dict[str, Any], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    document = {"access_token": jwt(**PLAIN | claims), "token_type": "Bearer"}
    with caplog.at_level(logging.WARNING, "ostiary.guard"):
        assert issued(document) == 200
    assert what in caplog.text
    assert "ann@example" not in caplog.text
    assert issued(document, action="refuse") == 502
    name = next(iter(claims))
    path = name if not isinstance(claims[name], dict) or name == "address" else f"{name}.{next(iter(claims[name]))}"
    assert issued(document, action="refuse", allow=[path]) == 200


@pytest.mark.parametrize(
    "document",
    [
        {"access_token": jwt(**PLAIN)},
        {"token": "opaque"},
        {"note": "eyJ.eyJ.x"},
        [],
        {"access_token": jwt(sub="4111111111111111")},
    ],
)
def test_identifiers_and_permissions_are_what_tokens_are_for(document: Any) -> None:
    assert issued(document, action="refuse") == 200


def test_an_id_token_may_name_its_user_and_hold_no_secret() -> None:
    person = {"email": "ann@example.com", "name": "Ann Lee"}
    assert issued({"id_token": jwt(**person)}, action="refuse") == 200
    assert issued({"token": jwt(nonce="n", **person)}, action="refuse") == 200
    assert issued({"access_token": jwt(nonce="n", scope="a", **person)}, action="refuse") == 502
    assert issued({"id_token": jwt(password="x", **person)}, action="refuse") == 502


def test_cookies_and_header_fields_carry_tokens_too() -> None:
    cookie = ("set-cookie", f"session={jwt(email='ann@example.com')}; HttpOnly")
    assert issued({}, headers=(cookie,), action="refuse") == 502
    assert issued({}, headers=(("authorization", f"Bearer {jwt(ssn='1')}"),), action="refuse") == 502
    assert issued({}, headers=(("set-cookie", f"session={jwt(**PLAIN)}"),), action="refuse") == 200


def test_the_same_finding_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    policy = compiled(api_of({"/token": {"post": {"responses": {}}}}), only=[ID])
    with caplog.at_level(logging.WARNING, "ostiary.guard"):
        for number in range(5):
            body = json.dumps({"access_token": jwt(email=f"ann{number}@example.com")}).encode()
            answer(policy, exchange("POST", "/token"), 200, [JSON], body)
    assert len(caplog.records) == 1


def test_only_operations_that_issue_tokens_are_read() -> None:
    document = {"access_token": jwt(email="ann@example.com")}
    for path, status in (
        ("/oauth/token", 502),
        ("/v1/refresh", 502),
        ("/authors", 200),
        ("/users", 200),
        ("/auth/refresh-token", 502),
    ):
        assert issued(document, path=path, role="", action="refuse") == status, path
    flows = {"clientCredentials": {"tokenUrl": "/give", "scopes": {}}}
    api = api_of(
        {"/give": {"post": {"responses": {}}}},
        components={"securitySchemes": {"o": {"type": "oauth2", "flows": flows}}},
    )
    policy = compiled(api, only=[ID], controls={ID: {"action": "refuse"}})
    assert answer(policy, exchange("POST", "/give"), 200, [JSON], json.dumps(document).encode()).status == 502


def test_rubbish_and_masses_are_no_trouble() -> None:
    assert list(tokens_in({"a": "eyJhbGciOiJIUzI1NiJ9.eyJub3QganNvbg.x"})) == []
    assert len(list(tokens_in([jwt(a=1)] * 100))) == 20
    deep: Any = {"email": "ann@example.com"}
    for _ in range(50):
        deep = {"x": deep}
    assert too_much(Token("", deep)) == []
