"""A document that leaves out a final slash, before servers that lead on to it (gin, Django, Starlette): the audit asks there."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from asked import asked
from exchanges import api_of
from ostiary.audit.gather.slashes import Slashes
from ostiary.evidence import Answer, Asked
from ostiary.model import Outcome, Severity

NOTE = {"type": "object", "required": ["text"], "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}
CONTENT = {"application/json": {"schema": NOTE}}
SAID = {"200": {"description": "ok", "content": CONTENT}}
PATHS: dict[str, Any] = {
    "/me": {"get": {"responses": {"200": {"description": "ok"}}}},
    "/notes": {"post": {"requestBody": {"content": CONTENT}, "responses": SAID}},
    "/notes/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        **{each: {"responses": SAID, **({"requestBody": {"content": CONTENT}} if each == "put" else {})} for each in ("get", "put")},
    },
}  # fmt: skip
BEARERS = {name: [("Authorization", f"Bearer {name}-token-0123456789")] for name in ("alice", "bob")}


def notes(*, checks_owner: bool) -> Starlette:
    """Private notes at paths with a final slash; who may change them is looked at, or not."""
    kept: dict[int, dict[str, Any]] = {}

    def who(request: Request) -> str:
        return request.headers.get("authorization", "").partition("-")[0].removeprefix("Bearer ")

    async def collection(request: Request) -> Response:
        if who(request) not in BEARERS:
            return Response(status_code=401)
        try:
            text = str((await request.json())["text"])
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        number = len(kept) + 1
        kept[number] = {"id": number, "text": text, "owner": who(request)}
        return JSONResponse(kept[number])

    async def one(request: Request) -> Response:
        note = kept.get(request.path_params["id"])
        if who(request) not in BEARERS:
            return Response(status_code=401)
        if note is None or (note["owner"] != who(request) and (checks_owner or request.method == "GET")):
            return Response(status_code=404)
        if request.method == "PUT":
            note["text"] = str((await request.json())["text"])
        return JSONResponse(note)

    async def me(request: Request) -> Response:
        name = who(request)
        return JSONResponse({"username": name}) if name in BEARERS else Response(status_code=401)

    return Starlette(
        routes=[
            Route("/me/", me),
            Route("/notes/", collection, methods=["POST"]),
            Route("/notes/{id:int}/", one, methods=["GET", "PUT"]),
        ]
    )


def test_objects_behind_another_spelling_of_the_path_are_found_and_compared() -> None:
    found = asked("userdata.ownership-check", notes(checks_owner=False), api_of(PATHS), identities=BEARERS)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.CRITICAL)
    assert "PUT /notes/{id}" in found.why


def test_a_sound_one_is_not_accused() -> None:
    found = asked("userdata.ownership-check", notes(checks_owner=True), api_of(PATHS), identities=BEARERS)
    assert found.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("location", "learned"),
    [
        ("/a/", True),
        ("http://api.test/a/", True),
        ("http://elsewhere.test/a/", False),
        ("/b/", False),
        ("/a", False),
        ("http://[", False),
    ],
)
def test_only_a_final_slash_on_the_same_host_is_another_spelling(location: str, learned: bool) -> None:  # noqa: FBT001
    operation = api_of({"/a": {"get": {"responses": SAID}}}).operations[0]
    slashes = Slashes()
    asked_for = Asked(method="GET", target="/a?x=1", headers=(), body=b"")
    answer = Answer(asked=asked_for, status=307, headers=(("location", location),), body=b"")
    assert slashes.learn(operation, answer, "api.test") is learned
    assert slashes.of(operation, "/a?x=1") == ("/a/?x=1" if learned else "/a?x=1")
    assert not slashes.learn(operation, answer, "api.test") or not learned, "learned once: two spellings are no loop"


def test_redirects_for_ever_end() -> None:
    async def there_and_back(request: Request) -> Response:
        path = request.url.path
        return RedirectResponse(path.rstrip("/") if path.endswith("/") else f"{path}/", 307)

    app = Starlette(routes=[Route(f"/notes{end}", there_and_back, methods=["GET", "POST"]) for end in ("", "/")])
    found = asked("userdata.ownership-check", app, api_of(PATHS), identities=BEARERS)
    assert found.outcome is Outcome.UNKNOWN
