"""Where name and password go in a header of the API's own, all that takes two users is asked as well (vAPI has it so)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import Any

from audit.listening import serving
from closing import Request, Response, app_of
from library import say
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.model import Outcome

TEXT = {"type": "string"}
SECURED: dict[str, Any] = {"security": [{"own": []}], "responses": {"200": {"description": "done"}}}


def _taking(*names: str) -> dict[str, Any]:
    schema = {"type": "object", "required": [*names], "properties": dict.fromkeys(names, TEXT)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _document() -> dict[str, Any]:
    made = {"summary": "Create user", "responses": {"201": {"description": "made"}}}
    whose = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Courses", "version": "1"},
        "components": {"securitySchemes": {"own": {"type": "apiKey", "in": "header", "name": "Course-Token"}}},
        "paths": {
            "/user": {"post": {**made, **_taking("username", "password", "course")}},
            "/user/me": {"get": SECURED},
            "/user/{id}": {**whose, "get": SECURED, "put": {**SECURED, **_taking("username", "password", "course")}},
        },
    }


class Courses:
    """People who take courses; ``careless``: anybody may change anybody, and sets his own credit."""

    def __init__(self, *, careless: bool) -> None:
        self.careless = careless
        self.people: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await app_of(self.routed)(scope, receive, send)

    def routed(self, request: Request) -> Response:
        token = request.headers.get("course-token", "")
        return say(*self.answer(request.method, request.path, token, request.body))

    def answer(self, method: str, path: str, token: str, raw: bytes) -> tuple[int, Any]:
        if path == "/openapi.json":
            return 200, _document()
        given: Any = {}
        with contextlib.suppress(ValueError):
            given = json.loads(raw or b"{}")
        taken = ("username", "password", "course", "credit") if self.careless else ("username", "password", "course")
        given = {name: given[name] for name in taken if isinstance(given, dict) and isinstance(given.get(name), str)}
        if (method, path) == ("POST", "/user"):
            if not {"username", "password"} <= given.keys() or any(
                each["username"] == given["username"] for each in self.people
            ):
                return 422, {"error": "no"}
            self.people.append({"id": len(self.people) + 1, "credit": "0", **given})
            return 201, {"id": len(self.people), "username": given["username"]}
        who = self._caller(token)
        if who is None:
            return 403, {"success": "false"}
        if path == "/user/me":
            return 200, {name: who[name] for name in ("id", "username", "credit")}
        number = path.rpartition("/")[2]
        one = self.people[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(self.people) else None
        if one is None or (one is not who and not (self.careless and method == "PUT")):
            return 404, {"error": "nobody"}
        if method == "PUT":
            one.update(given)
        return 200, {name: one[name] for name in ("id", "username", "course")}

    def _caller(self, token: str) -> dict[str, Any] | None:
        with contextlib.suppress(ValueError):
            name, _, password = base64.b64decode(token).decode("latin-1").partition(":")
            return next(
                (each for each in self.people if (each["username"], each["password"]) == (name, password)), None
            )
        return None


ASKED = ("auth.no-basic", "auth.login-max-retry", "userdata.ownership-check", "beyond.mass-assignment")


def asked(*, careless: bool) -> dict[str, Result]:
    async def main() -> dict[str, Result]:
        with serving(Courses(careless=careless)) as base:
            report = await audit(base, only=list(ASKED), intrusive=True)
            return {each.id: each for each in report.results}

    return asyncio.run(asyncio.wait_for(main(), 60))


def test_the_careless_one_is_found_out() -> None:
    found = asked(careless=True)
    assert {name: found[name].outcome for name in ASKED} == dict.fromkeys(ASKED, Outcome.FAIL)
    assert "Course-Token" in found["auth.no-basic"].why
    assert found["userdata.ownership-check"].findings[0].places == ("PUT /user/{id}",)
    assert "POST /user takes credit" in found["beyond.mass-assignment"].why


def test_the_careful_one_is_not_accused_of_more_than_its_credentials() -> None:
    found = asked(careless=False)
    assert found["auth.no-basic"].outcome is Outcome.FAIL
    for name in ("userdata.ownership-check", "beyond.mass-assignment"):
        assert found[name].outcome is Outcome.PASS, found[name].why
