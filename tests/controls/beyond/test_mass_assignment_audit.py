"""What the audit says of fields that nobody may set: only what is read back convinces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Api, Finding, Outcome
from ostiary.parts import openapi

ID = "beyond.mass-assignment"
JSON = {"content": {"application/json": {"schema": {"type": "object"}}}}
API: Api = openapi.from_plain(
    {
        "openapi": "3.1.0",
        "info": {},
        "paths": {
            "/register": {"post": {"requestBody": JSON, "responses": {"201": {"description": ""}}}},
            "/users": {"get": {"responses": {"200": {"description": ""}}}},
            "/me": {
                "get": {"responses": {"200": {"description": ""}}},
                "put": {"requestBody": JSON, "responses": {"200": {"description": ""}}},
            },
        },
    },
    source="x",
)


class Server:
    """Accounts, bound to what is sent as `binds` says."""

    def __init__(
        self, binds: Callable[[dict[str, Any]], dict[str, Any]], *, shows: bool = True, update: bool = False
    ) -> None:
        self.users: list[dict[str, Any]] = [{"name": "root", "admin": True}]
        self.me: dict[str, Any] = {"name": "me", "admin": False}
        self.binds, self.shows, self.update = binds, shows, update

    def __call__(self, request: Request) -> Response:
        if request.path == "/users":
            return Response(200, json.dumps(self.users))
        if request.path == "/me":
            if request.method == "PUT" and self.update:
                self.me |= json.loads(request.body)
            return Response(200, json.dumps(self.me))
        given = json.loads(request.body)
        try:
            user = {"admin": False, **self.binds(given)}
        except KeyError:
            return Response(422)
        self.users.append(user)
        return Response(201, json.dumps(user if self.shows else {"ok": True}))


def finding(server: Server) -> Finding:
    http = InProcess(app_of(server), API, bodies={"application/json": b'{"name": "ostiary-x"}'})
    return audited(ID, http)


def only_name(given: dict[str, Any]) -> dict[str, Any]:
    return {"name": given["name"]}


def closed(given: dict[str, Any]) -> dict[str, Any]:
    if set(given) != {"name"}:
        raise KeyError
    return given


def test_a_field_that_comes_back_set_is_a_finding() -> None:
    found = finding(Server(lambda given: given))
    assert found.outcome is Outcome.FAIL
    assert "admin" in found.why


def test_a_field_that_a_list_shows_set_is_a_finding() -> None:
    found = finding(Server(lambda given: given, shows=False))
    assert found.outcome is Outcome.FAIL
    assert "GET /users" in found.why


def test_leaving_out_and_refusing_pass() -> None:
    assert finding(Server(only_name)).outcome is Outcome.PASS
    assert finding(Server(only_name, shows=False)).outcome is Outcome.PASS
    assert finding(Server(closed)).outcome is Outcome.PASS


def test_a_flag_that_everybody_has_is_no_proof() -> None:
    assert finding(Server(lambda given: {**only_name(given), "admin": True})).outcome is not Outcome.FAIL


def test_an_update_is_tried_with_the_flag_alone_and_put_back() -> None:
    server = Server(only_name, update=True)
    found = finding(server)
    assert found.outcome is Outcome.FAIL
    assert "PUT /me" in found.why
    assert server.me == {"name": "me", "admin": False}
