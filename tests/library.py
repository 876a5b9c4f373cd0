"""A small API of accounts and notes for tests of the audit: sound, but for the faults that are named."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from closing import Request, Response, app_of
from loop import stage
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.guard.app import AsgiApp
from ostiary.model import Api
from ostiary.parts import openapi

OK = {"200": {"description": "ok"}}
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]


def taking(*names: str, **schemas: Any) -> dict[str, Any]:
    properties = {**{name: {"type": "string"} for name in names}, **schemas}
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}


def closed(**rest: Any) -> dict[str, Any]:
    return {"responses": OK, **rest, "security": BEARER}


def hole(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def document(paths: Mapping[str, Any]) -> Api:
    return openapi.from_plain(
        {
            "openapi": "3.1.0",
            "info": {"title": "Library", "version": "1"},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "paths": paths,
        },
        source="library.yaml",
    )


PATHS: dict[str, Any] = {
    "/register": {"post": taking("username", "password", "email")},
    "/login": {"post": taking("username", "password")},
    "/me": {"get": closed(), "put": closed(**taking("bio"))},
    "/profile": {"put": closed(**taking("username", "bio"))},
    "/users": {"get": closed()},
    "/users/role": {"put": closed(**taking("username", "role"))},
    "/users/{username}": {"get": closed(parameters=[hole("username")])},
    "/users/{username}/password": {"put": closed(parameters=[hole("username")], **taking("password"))},
    "/notes": {"get": closed(), "post": closed(**taking("title", "text"))},
    "/notes/{note_id}": {
        "parameters": [hole("note_id")],
        "get": closed(),
        "put": closed(**taking("title", "text")),
        "delete": closed(),
    },
}


class Library:
    """The server; `faults` are words of its own, tested for where they bite."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self.faults = frozenset(faults)
        self.users: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.cached: dict[str, Response] = {}
        self.log: list[tuple[str, str, str]] = []  # who, method, path

    def __call__(self, request: Request) -> Response:
        who = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "), "")
        self.log.append((who, request.method, request.path))
        if "strict" in self.faults and request.query:
            return say(400, {"error": "no such parameter"})
        if "cache" in self.faults and request.method == "GET" and request.path in {"/me", "/notes"}:
            key = f"{request.path}?{request.query}"
            if key not in self.cached:
                answer = self.answered(request, who)
                if answer.status != 200:
                    return answer
                self.cached[key] = answer
            return self.cached[key]
        return self.answered(request, who)

    def answered(self, request: Request, who: str) -> Response:
        try:
            body = json.loads(request.body) if request.body else {}
        except ValueError:
            return say(400, {"error": "not JSON"})
        parts = request.path.strip("/").split("/")
        if request.path in {"/register", "/login"}:
            return getattr(self, parts[0])(body)  # type: ignore[no-any-return]  # by name
        if not who and not ({"open-reads", "open-writes", "open-deletes"} & self.faults and parts[0] == "notes"):
            return say(401, {"error": "who?"})
        if parts[0] == "notes":
            return self.about_notes(request, parts, body, who)
        return self.about_users(request, parts, body, who)

    def register(self, body: dict[str, Any]) -> Response:
        if not {"username", "password", "email"} <= body.keys() or body["username"] in self.users:
            return say(400, {"error": "no"})
        given = body if "bind-register" in self.faults else {k: body[k] for k in ("username", "password", "email")}
        self.users[body["username"]] = {"role": "member", "admin": False, "bio": "", **given}
        return say(201, {"ok": True})

    def login(self, body: dict[str, Any]) -> Response:
        user = self.users.get(str(body.get("username")))
        if user is None or user["password"] != body.get("password"):
            return say(401, {"error": "no"})
        token = secrets.token_hex(8)
        self.tokens[token] = user["username"]
        return say(200, {"access_token": token})

    def about_users(self, request: Request, parts: list[str], body: dict[str, Any], who: str) -> Response:
        shown = {k: v for k, v in self.users[who].items() if k != "password"}
        if request.path == "/me" and request.method == "PUT":
            self.users[who] |= body if "bind-update" in self.faults else {"bio": body.get("bio", "")}
        if request.path == "/me":
            return say(200, {k: v for k, v in self.users[who].items() if k != "password"})
        if request.path == "/profile":
            name = body.get("username") if "named-self" in self.faults else who
            if name in self.users:
                self.users[name]["bio"] = body.get("bio", "")
            return say(200, {"ok": True})
        if request.path == "/users/role":
            if "role" not in self.faults:
                return say(403, {"error": "admins only"})
            self.users.get(str(body.get("username")), {})["role"] = body.get("role")
            return say(200, {"ok": True})
        if request.path == "/users":
            names = ("username",) if "names-only" in self.faults else ("username", "email", "role")
            full = [{k: u[k] for k in names} for u in self.users.values()]
            return say(200, full) if "list-users" in self.faults else say(403, {"error": "admins only"})
        return self.about_user(request, parts, body, who, shown)

    def about_user(
        self, request: Request, parts: list[str], body: dict[str, Any], who: str, shown: dict[str, Any]
    ) -> Response:
        if parts[0] != "users" or len(parts) < 2 or parts[1] not in self.users:
            return say(404, {"error": "none"})
        if len(parts) == 3:
            named = parts[1] if "password" in self.faults else who  # sound: says yes, and changes whoever asks
            self.users[named]["password"] = body.get("password", "")
            return Response(204, "")
        if parts[1] != who and "profile" not in self.faults:
            return say(200, {"username": parts[1], "bio": self.users[parts[1]]["bio"]})
        return say(200, {k: v for k, v in self.users[parts[1]].items() if k != "password"} or shown)

    def about_notes(self, request: Request, parts: list[str], body: dict[str, Any], who: str) -> Response:
        if len(parts) == 1:
            if not who:
                return say(401, {"error": "who?"})
            return self.created(body, who) if request.method == "POST" else self.listed(who)
        note = self.notes.get(parts[1])
        faults = {*self.faults, "read"} if "shared" in self.faults else self.faults
        faults = {*faults, "read", "write", "delete"} if "common" in self.faults else faults
        kind = {"GET": "read", "PUT": "write", "DELETE": "delete"}[request.method]
        mine = note is not None and (note["owner"] == who or kind in faults)
        if not who:
            mine = note is not None and f"open-{kind}s" in self.faults
        if not mine or note is None:
            if "polite" in self.faults:
                return say(200, {"success": False, "error": "not yours"})
            return say(404 if who else 401, {"error": "none"})
        if request.method == "DELETE":
            del self.notes[parts[1]]
            return Response(204, "")
        if request.method == "PUT":
            note |= {"title": body.get("title", ""), "text": body.get("text", "")}
        return say(200, self.shown(note))

    def shown(self, note: Mapping[str, Any]) -> dict[str, Any]:
        """A note; one that is everybody's says nothing of who wrote it."""
        return {key: value for key, value in note.items() if key != "owner" or "nameless" not in self.faults}

    def created(self, body: dict[str, Any], who: str) -> Response:
        if not isinstance(body.get("title"), str) or not isinstance(body.get("text"), str):
            return say(422, {"detail": [{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}]})
        number = len(self.notes) + 1
        name = str(uuid.uuid4())
        name = str(number) if "counter" in self.faults else name
        name = base64.urlsafe_b64encode(f"Note:{number}".encode()).decode() if "coded" in self.faults else name
        given = body if "bind-note" in self.faults else {"title": body["title"], "text": body["text"]}
        self.notes[name] = {"id": name, "owner": who, "approved": False, **given}
        return say(201, self.shown(self.notes[name]))

    def listed(self, who: str) -> Response:
        everything = {"list", "shared", "common"} & self.faults
        return say(200, [self.shown(each) for each in self.notes.values() if each["owner"] == who or everything])


def say(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value), [("content-type", "application/json")])


def living(app: AsgiApp) -> AsgiApp:
    """The app, for a server that says when it begins and ends."""

    async def lives(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            return await app(scope, receive, send)
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return None

    return lives


@contextmanager
def opened(faults: Iterable[str] = (), server: Library | None = None) -> Iterator[tuple[str, Library]]:
    made = server or Library(faults)
    with stage.serving(living(app_of(made))) as port:
        yield f"http://127.0.0.1:{port}", made


def asked(control: str, *faults: str, paths: Mapping[str, Any] = PATHS, intrusive: bool = False) -> Result:
    """What the audit says of one control, of a library with these faults; it registers its own accounts."""
    with opened(faults) as (url, _):
        report = asyncio.run(audit(url, api=document(paths), only=[control], intrusive=intrusive, nonce="t0"))
    return report.results[0]
