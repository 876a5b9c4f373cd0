"""The credential in the reply to a login is found wherever frameworks put it, and nothing else is taken for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ostiary.audit.gather.grants import Form, Place, Way, forms, places, read_way
from ostiary.evidence import Answer, Asked

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLW5vYm9keQ"
ASKED = Asked(method="POST", target="/login")


def reply(document: Any = None, *headers: tuple[str, str], text: str = "") -> Answer:
    body = text.encode() if text else json.dumps(document).encode()
    return Answer(asked=ASKED, status=200, headers=headers, body=body)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"access_token": JWT, "refresh_token": "r" * 30 + "1", "token_type": "bearer"}, ("access_token",)),
        ({"data": {"user": {"id": 4, "token": "8f14e45fceea167a5a36dedd4bea2543"}}}, ("data", "user", "token")),
        ({"result": [{"sessionId": "b6d767d2f8ed5d21a44b0e5886680cb9"}]}, ("result", 0, "sessionId")),
        ({"authentication": {"token": JWT, "bid": 6, "umail": "a@b.example"}}, ("authentication", "token")),
        ({"tokens": {"access": {"token": JWT}, "refresh": {"token": JWT + "R"}}}, ("tokens", "access", "token")),
        ({"something": f"Bearer {JWT}"}, ("something",)),
        (
            {"access": {"user": {"id": 1}, "token": {"id": "ba30c4d109660cb5b3ade3eada364bbf"}}},
            ("access", "token", "id"),
        ),
        ({"idToken": JWT, "accessToken": "1~Lq9Qv2xWzR7tYk3m"}, ("accessToken",)),
        ({"expires_in": 3600, "csrf_token": "a1" * 16, "key": "9054f7aa9305e012b3c2300408c3dfdf390fcddf"}, ("key",)),
    ],
)
def test_the_likeliest_member_comes_first(document: Any, path: tuple[Any, ...]) -> None:
    found = places(reply(document))
    assert found[0] == Place("json", path)
    assert not found[0].value(reply(document)).startswith("Bearer")


def test_replies_without_a_credential_have_none() -> None:
    document: Any
    for document in (
        {"message": "logged in"},
        {"success": False, "error": "wrong"},
        [],
        "ok",
        {"id": "3f2b8c1e-5d4a-4b6f"},
    ):
        assert not places(reply(document)), document


def test_a_bare_token_a_header_and_a_cookie_are_found() -> None:
    assert places(reply(text=JWT)) == [Place("json", ())]
    assert Place("json", ()).value(reply(text=JWT)) == JWT
    in_header = reply({}, ("x-auth-token", "abc-123-def"), ("content-type", "application/json"))
    assert places(in_header) == [Place("header", ("x-auth-token",))]
    in_cookie = reply({}, ("set-cookie", "connect.sid=s%3Aabc.def; HttpOnly"), ("set-cookie", "lang=de"))
    assert places(in_cookie) == [Place("cookie", ("connect.sid",))]
    assert not places(reply({}, ("set-cookie", "sid=; Max-Age=0")))


def test_the_document_says_first_how_it_is_sent() -> None:
    place = Place("json", ("token",))
    assert forms(place, {"a": {"type": "http", "scheme": "bearer"}})[0] == Form("Authorization", "Bearer ")
    assert forms(place, {"a": {"type": "apiKey", "in": "header", "name": "X-Pass"}})[0] == Form("X-Pass")
    query = {"type": "apiKey", "in": "query", "name": "k"}
    assert forms(place, {"a": query})[0] == Form("?k")
    both = forms(place, {"a": query, "b": {"type": "apiKey", "in": "header", "name": "Authorization"}})
    assert both.index(Form("?k")) > both.index(Form("Authorization", "Bearer ")), "a URL is read by more"
    named = {"type": "apiKey", "in": "header", "name": "Authorization", "description": 'Send "Token xxx"'}
    assert forms(place, {"a": named})[0] == Form("Authorization", "Token ")
    assert forms(Place("cookie", ("sid",)), {}) == [Form("Cookie")]
    assert Form("Authorization", "Bearer ") in forms(place, {})


def test_cookies_go_back_with_the_token_that_repeats_one() -> None:
    answer = reply({}, ("set-cookie", "sid=s1; Path=/"), ("set-cookie", "XSRF-TOKEN=a%3D%3D"))
    way = Way(Place("cookie", ("sid",)), Form("Cookie"))
    assert way.pairs(answer, {"old": "o"}) == (("Cookie", "old=o; sid=s1; XSRF-TOKEN=a%3D%3D"), ("X-XSRF-TOKEN", "a=="))
    assert way.pairs(reply({})) == ()
    token = Way(Place("json", ("t",)), Form("Cookie", "auth="))
    assert token.pairs(reply({"t": "abcdefgh"})) == (("Cookie", "auth=abcdefgh"),)


def test_a_policy_says_it_in_words() -> None:
    assert read_way("json:data.0.token", "Authorization: Token") == (
        Place("json", ("data", 0, "token")),
        Form("Authorization", "Token "),
    )
    assert read_way("header:X-Auth-Token", "X-Auth-Token") == (Place("header", ("x-auth-token",)), Form("X-Auth-Token"))
    assert read_way("", "") == (None, None)


def test_a_jwt_in_a_cookie_is_sent_as_the_document_says() -> None:
    bearer, cookie = {"type": "http", "scheme": "bearer"}, {"type": "apiKey", "in": "cookie", "name": "sid"}
    place = Place("cookie", ("sid",))
    assert forms(place, {}) == [Form("Cookie")]
    assert forms(place, {"b": bearer}) == [Form("Authorization", "Bearer "), Form("Cookie")]
    assert forms(place, {"b": bearer, "c": cookie})[0] == Form("Cookie")


def test_a_token_that_is_told_among_words_is_found() -> None:
    answer = reply(text=f"Hello, ann! This is your token: {JWT}\n")
    assert places(answer)[0].value(answer) == JWT
    assert not places(reply(text="Hello, ann! This is your userID: 5bd6045b-922e-4e1f-85c0-2e089e748232"))
