"""Whose a token is, the application itself says: rules about owners hold for tokens that nobody else can read."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from loop import stage
from ostiary.config import Config, Override
from ostiary.errors import ConfigError
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.parts import openapi
from ostiary.parts.issuers import Issuer

TOKENS = {"t-alice": "alice", "t-bob": "bob"}
NOTES = {"1": {"id": 1, "writer": "alice"}, "2": {"id": 2, "writer": "bob"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/me": {"get": {"responses": {"200": {"description": "who asks"}}}},
        "/notes/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "a note"}},
            }
        },
    },
}


class Notes:
    """It knows its callers, and shows everybody everything."""

    def __init__(self) -> None:
        self.asked = 0
        self.down = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        told = dict(scope["headers"]).get(b"authorization", b"").decode()
        scheme, _, token = told.partition(" ")
        who = TOKENS.get(token) if scheme == "Token" else None
        status, body = 200, NOTES.get(scope["path"].rpartition("/")[2])
        if scope["path"] == "/me":
            self.asked += 1
            status, body = (200, {"username": who}) if who else (500 if token == "t-crash" else 401, {})
            if token == "t-polite":
                status, body = 200, {"success": False, "error": "no such session"}
            status = 503 if self.down else status
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def policy(**more: Any) -> Config:
    issuer = Issuer(userinfo="/me", scheme="Token", subject_claim="username", required=(), **more)
    rule = Override(controls={"userdata.ownership-check": {"owner": "response.writer == token.username"}})
    return Config(only=("userdata.ownership-check",), issuers={"api": issuer}, operations={"GET /notes/{id}": rule})


@pytest.fixture
def served() -> Iterator[tuple[Notes, int]]:
    app = Notes()
    api = openapi.from_plain(DOCUMENT, source="notes.yaml")
    with stage.serving(Guard(app, policy(), api=api)) as port:
        yield app, port


def status(port: int, note: str, token: str) -> int:

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", f"/notes/{note}", headers={"Authorization": f"Token {token}"})
    found = connection.getresponse().status
    connection.close()
    return found


def test_owners_are_told_apart_by_the_applications_own_word(served: tuple[Notes, int]) -> None:
    app, port = served
    assert status(port, "1", "t-alice") == 200
    assert status(port, "2", "t-bob") == 200
    assert status(port, "2", "t-alice") == 404
    assert status(port, "1", "t-bob") == 404
    assert app.asked == 2  # once for each token


def test_a_token_that_the_application_does_not_know_is_nobodys(served: tuple[Notes, int]) -> None:
    app, port = served
    assert [status(port, "1", "t-mallory") for _ in range(3)] == [401] * 3
    assert app.asked == 1  # a no is remembered too


def test_one_who_makes_the_application_crash_keeps_nobody_else_out(served: tuple[Notes, int]) -> None:
    _, port = served
    assert [status(port, "1", "t-crash") for _ in range(5)] == [401] * 5
    assert status(port, "1", "t-alice") == 200


def test_an_application_that_is_down_lets_nobody_in(served: tuple[Notes, int]) -> None:
    app, port = served
    app.down = True
    assert status(port, "1", "t-alice") == 503


@pytest.mark.parametrize("wrong", ["https://api.example/me", "me", "/mé"])
def test_only_a_path_of_the_api_itself_is_asked(wrong: str) -> None:
    with pytest.raises(ConfigError, match="userinfo"):
        Compiled(Config(issuers={"api": Issuer(userinfo=wrong, required=())}), None)


def test_two_that_are_asked_do_not_go_together() -> None:
    with pytest.raises(ConfigError, match="userinfo"):
        Compiled(
            Config(issuers={"api": Issuer(userinfo="/me", introspection="https://id.example/i", required=())}), None
        )


def test_a_no_that_comes_with_200_is_a_no(served: tuple[Notes, int]) -> None:
    _, port = served
    assert status(port, "1", "t-polite") == 401
