"""Who names himself by name and password in a header of the API's own, and whoever joins each part of it, is somebody there."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import Any

import pytest

from audit.club import visiting
from closing import Request, Response, app_of
from library import say
from ostiary.audit.gather.areas import part_of

TEXT = {"type": "string"}
SECURED: dict[str, Any] = {"security": [{"own": []}], "responses": {"200": {"description": "done"}}}


def joining(*names: str) -> dict[str, Any]:
    schema = {"type": "object", "required": [*names], "properties": dict.fromkeys(names, TEXT)}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"summary": "Create user", "requestBody": body, "responses": {"201": {"description": "made"}}}


def described() -> dict[str, Any]:
    one = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": SECURED,
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Fair", "version": "1"},
        "components": {"securitySchemes": {"own": {"type": "apiKey", "in": "header", "name": "Fair-Token"}}},
        "paths": {
            "/stalls/user": {"post": joining("username", "password")},
            "/stalls/user/{id}": one,
            "/rides/jwt/user": {"post": joining("username", "password"), "get": SECURED},
        },
    }


class Fair:
    """Stalls and rides keep people of their own: the first know them by name and password, the second by a token.

    ``declared``: the header is a security scheme of the document; else no more than a parameter of its operations.
    """

    def __init__(self, *, declared: bool = True) -> None:
        self.declared = declared
        self.people: dict[str, list[tuple[str, str]]] = {"stalls": [], "rides": []}

    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(json.dumps(described()))
        if not self.declared:
            del made["components"]
            for item in made["paths"].values():
                if item.get("get", {}).pop("security", None):
                    field = {"name": "Fair-Token", "in": "header", "required": True, "schema": TEXT}
                    item["get"]["parameters"] = [field]
        return made

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await app_of(self.routed)(scope, receive, send)

    def routed(self, request: Request) -> Response:
        token = request.headers.get("fair-token", "")
        return say(*self.answer(request.method, request.path, token, request.body))

    def answer(self, method: str, path: str, token: str, raw: bytes) -> tuple[int, Any]:
        if path == "/openapi.json":
            return 200, self.document()
        area = path.split("/")[1]
        if method == "POST" and area in self.people:
            given = json.loads(raw)
            if any(name == given["username"] for name, _ in self.people[area]):
                return 500, {}
            self.people[area].append((given["username"], given["password"]))
            made = {"id": len(self.people[area]), "username": given["username"]}
            return (
                (201, made)
                if area == "stalls"
                else (200, {"success": "true", "token": f"ride-{given['username']}-0123456789"})
            )
        if area == "stalls":
            with contextlib.suppress(ValueError):
                token = base64.b64decode(token).decode("latin-1")
            name, _, password = token.partition(":")
            if (name, password) in self.people[
                area
            ] and path == f"/stalls/user/{self.people[area].index((name, password)) + 1}":
                return 200, {"id": int(path.rpartition("/")[2]), "username": name}
        elif area == "rides" and token.removeprefix("ride-").removesuffix("-0123456789") in dict(self.people[area]):
            return 200, {"text": f"rides of {token}"}
        if token and ":" not in token and not token.startswith("ride-"):
            return 500, {}  # what is no credential at all breaks it: nobody must come with an invented one
        return 403, {"success": "false", "cause": "authHeaderNotSet"}


@pytest.mark.parametrize("declared", [True, False])
def test_the_same_two_people_join_each_part_and_are_known_to_it_by_what_it_takes(*, declared: bool) -> None:
    async def main() -> None:
        fair = Fair(declared=declared)
        async with visiting(fair) as (live, http):
            assert (http.owner, http.other) == ("alice", "bob"), live.accounts.notes
            account = http.account("alice")
            assert account is not None
            number = [name for name, _ in fair.people["stalls"]].index(account.user) + 1
            own = await http.send("GET", f"/stalls/user/{number}", identity="alice")
            assert own.status == 200, "name and password in base64, in the header of the document"
            ride = await http.send("GET", "/rides/jwt/user", identity="alice")
            assert account.user in ride.text, "and a token of its own for the other part"
            ride_read = next(
                each for each in http.operations if each.path == "/rides/jwt/user" and each.method == "GET"
            )
            assert (await http.send_to(ride_read, identity="alice")).status == 200, "no parameter takes the place of it"
            assert (await http.send_to(ride_read, identity="")).status == 403
            assert (await http.send("GET", f"/stalls/user/{number}", identity="bob")).status == 403
            assert http.signed_in(await http.sign_in(account.user, account.password))
            assert not http.signed_in(await http.sign_in(account.user, "another"))
            kind = next(each for each in live.objects.kinds() if each.hole)
            profile = await http.make(kind.path, "alice")
            assert profile.id == str(number), "the reply that registered somebody tells his number"

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/register", "/"),
        ("/api/v1/users", "/api/v1/"),
        ("/api/auth/register", "/api/"),
        ("/vapi/jwt/user", "/vapi/jwt/"),
        ("/customers/register", "/customers/"),
        ("/merchants/auth/signup", "/merchants/"),
    ],
)
def test_a_part_begins_before_the_words_of_registering(path: str, part: str) -> None:
    assert part_of(path) == part
