"""Two users of Basic at an API that anybody may read are two, as Django REST framework's usual permissions have it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asked import asked
from exchanges import api_of
from loop.stage import serving
from ostiary.audit.gather import passwords
from ostiary.audit.run import audit
from ostiary.model import Outcome

NOTE = {"type": "object", "required": ["text"], "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}
CONTENT = {"application/json": {"schema": NOTE}}
SAID = {"200": {"description": "ok", "content": CONTENT}}
ONE = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]}
WRITE = {"requestBody": {"content": CONTENT}, "responses": SAID}
PATHS: dict[str, Any] = {
    "/notes/": {"get": {"responses": {"200": {"description": "all"}}}, "post": WRITE},
    "/notes/{id}/": {**ONE, "get": {"responses": SAID}, "put": WRITE, "delete": {"responses": {"204": {"description": ""}}}},
}  # fmt: skip
USERS = {"alice": "right-1", "bob": "right-2"}


def basic(user: str, password: str) -> list[tuple[str, str]]:
    return [("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())]


BOTH = {user: basic(user, password) for user, password in USERS.items()}


def notes(*, checks_owner: bool, checks_password: bool = True) -> Starlette:  # noqa: C901 - a server in one piece
    """Anybody reads, users write; a wrong password is refused everywhere, or taken for nobody's."""
    kept: dict[int, dict[str, Any]] = {}

    def who(request: Request) -> str | None:
        """Nobody is empty, and a wrong password None."""
        user = passwords.user(tuple(request.headers.items()))
        right = user in USERS and dict(basic(user, USERS[user]))["Authorization"] == request.headers.get(
            "authorization"
        )
        return user if right else "" if not user or not checks_password else None

    async def text_of(request: Request) -> str | None:
        try:
            return str((await request.json())["text"])
        except (ValueError, KeyError, TypeError):
            return None

    async def collection(request: Request) -> Response:
        user, text = who(request), await text_of(request) if request.method == "POST" else ""
        if user is None or (request.method == "POST" and not user):
            return Response(status_code=403)
        if text is None:
            return Response(status_code=400)
        if request.method == "GET":
            return JSONResponse(list(kept.values()))
        number = max(kept, default=0) + 1
        kept[number] = {"id": number, "text": text, "owner": user}
        return JSONResponse(kept[number])

    async def one(request: Request) -> Response:
        user, number = who(request), request.path_params["id"]
        note = kept.get(number)
        if user is None or note is None:
            return Response(status_code=403 if user is None else 404)
        if request.method != "GET" and (not user or (checks_owner and user != note["owner"])):
            return Response(status_code=403)
        if request.method == "DELETE":
            del kept[number]
            return Response(status_code=204)
        if request.method == "PUT":
            text = await text_of(request)
            if text is None:
                return Response(status_code=400)
            note["text"] = text
        return JSONResponse(note)

    routes = [Route("/notes/", collection, methods=["GET", "POST"]),
              Route("/notes/{id:int}/", one, methods=["GET", "PUT", "DELETE"])]  # fmt: skip
    return Starlette(routes=routes)


def others(app: Starlette, *, only: Sequence[str] = ("processing.uuid-ids",), intrusive: bool = False) -> list[str]:
    """The notes of an audit."""
    with serving(app) as port:
        url = f"http://127.0.0.1:{port}"
        report = asyncio.run(audit(url, api=api_of(PATHS), identities=BOTH, only=list(only), intrusive=intrusive))
    return list(report.notes)


def test_two_names_with_their_passwords_are_two_users() -> None:
    told = others(notes(checks_owner=True))
    assert not any("different users" in each for each in told)


def test_what_was_made_to_compare_them_is_removed_below_a_path_with_a_final_slash_too() -> None:
    told = others(notes(checks_owner=True), only=["userdata.ownership-check"], intrusive=True)
    assert not any("still there" in each for each in told)


def test_where_no_password_is_looked_at_nothing_shows_that_they_are() -> None:
    told = others(notes(checks_owner=True, checks_password=False))
    assert any("different users" in each for each in told)


def test_who_may_change_the_notes_of_others_is_found() -> None:
    app = notes(checks_owner=False)
    found = asked("userdata.ownership-check", app, api_of(PATHS), identities=BOTH)
    assert found.outcome is Outcome.FAIL, found.why


def test_a_sound_api_that_anybody_may_read_is_not_accused() -> None:
    app = notes(checks_owner=True)
    found = asked("userdata.ownership-check", app, api_of(PATHS), identities=BOTH)
    assert found.outcome is not Outcome.FAIL, found.why


def test_names_are_read_from_basic_alone() -> None:
    alice, bob = (tuple(BOTH[each]) for each in ("alice", "bob"))
    assert passwords.users(alice, bob)
    assert not passwords.users(alice, alice)
    for other in ((), (("Authorization", "Bearer abc"),), (("Authorization", "Basic %%%"),)):
        assert not passwords.users(alice, other)
