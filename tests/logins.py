"""Login endpoints of other people's frameworks, in a line each, and what is needed to guess at them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from exchanges import api_of
from ostiary.config import Config
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.model import Api, Reply

LOGIN_CONTROLS = ("auth.login-max-retry", "auth.login-jail", "beyond.host-and-proxy-trust")
RIGHT = "correct horse"
USERS = ("alice", "bob", "mallory")

Answer = tuple[int, dict[str, str], bytes]


class Clock:
    """Both clocks of a policy, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


class App:
    """An application with a login, which counts what reaches it.

    :param told: from the account and the password, as text, to the reply.
    """

    def __init__(
        self, told: Callable[[bool], Answer], named: Callable[[bytes, dict[str, str]], tuple[str, str]]
    ) -> None:
        self.told = told
        self.named = named
        self.tried: list[tuple[str, str]] = []
        self.delay = 0.0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        user, password = self.named(body, headers)
        self.tried.append((user, password))
        if self.delay:
            await asyncio.sleep(self.delay)
        status, fields, content = self.told(user in USERS and password == RIGHT)
        pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})


def in_json(body: bytes, headers: dict[str, str]) -> tuple[str, str]:
    document = json.loads(body or b"{}")
    document = document.get("user", document) if isinstance(document.get("user", ""), dict) else document
    name = document.get("username") or document.get("email") or ""
    return str(name), str(document.get("password", ""))


def in_form(body: bytes, headers: dict[str, str]) -> tuple[str, str]:
    form = parse_qs(body.decode())
    name = form.get("username", form.get("email", form.get("log", [""])))[0]
    return name, form.get("password", form.get("pwd", [""]))[0]


def in_basic(body: bytes, headers: dict[str, str]) -> tuple[str, str]:
    user, _, password = (
        base64.b64decode(headers.get("authorization", "Basic ").partition(" ")[2]).decode().partition(":")
    )
    return user, password


def as_json(status: int, document: Any) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(document).encode()


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


class Sample(NamedTuple):
    """A foreign login: its operation, what a request looks like, and what the application answers."""

    path: str
    fields: tuple[str, ...]
    media: str
    named: Callable[[bytes, dict[str, str]], tuple[str, str]]
    told: Callable[[bool], Answer]

    def body(self, user: str, password: str) -> bytes:
        names = (user, password, "password")
        flat = dict(zip((each for each in self.fields if "." not in each), names, strict=False))
        if self.media.endswith("urlencoded"):
            return urlencode(flat).encode()
        document: dict[str, Any] = dict(flat)
        for value, path in zip(names, (each for each in self.fields if "." in each), strict=False):
            above, _, last = path.partition(".")
            document.setdefault(above, {})[last] = value
        return json.dumps(document).encode()

    def api(self) -> Api:
        schema: dict[str, Any] = {"type": "object", "properties": {}}
        for each in self.fields:
            above, _, last = each.partition(".")
            inner = {"type": "object", "properties": {}} if last else {"type": "string"}
            inner = schema["properties"].setdefault(above, inner)
            if last:
                inner["properties"][last] = {"type": "string"}
        item: dict[str, Any] = {"responses": {"200": {"description": "in"}}}
        if self.fields:
            item["requestBody"] = {"content": {self.media: {"schema": schema}}}
        return api_of({self.path: {"post": item}})

    def app(self) -> App:
        return App(self.told, self.named)


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FOREIGN = {
    "vampi": Sample("/users/v1/login", ("username", "password"), JSON, in_json, lambda right: as_json(
        200, {"auth_token": TOKEN, "message": "Successfully logged in.", "status": "success"} if right
        else {"status": "fail", "message": "Password is not correct for the given username."})),
    "realworld": Sample("/api/users/login", ("user.email", "user.password"), JSON, in_json, lambda right: as_json(
        200, {"user": {"email": "alice", "token": TOKEN, "username": "alice", "bio": None, "image": None}}) if right
        else as_json(422, {"errors": {"email or password": ["is invalid"]}})),
    "django-rest": Sample("/dj-rest-auth/login/", ("username", "password"), JSON, in_json, lambda right: as_json(
        200, {"key": "9c3a2b9b8ab7f1fd1d3e5d1c7e7a4f00aa11bb22"}) if right
        else as_json(400, {"non_field_errors": ["Unable to log in with provided credentials."]})),
    "express-passport": Sample("/login", ("username", "password"), JSON, in_json, lambda right:
        (200, {"content-type": "text/plain"}, b"OK") if right
        else (401, {"content-type": "text/plain; charset=utf-8"}, b"Unauthorized")),
    "express-redirects": Sample("/login", ("username", "password"), FORM, in_form, lambda right:
        (302, {"location": "/" if right else "/login", "content-type": "text/plain"}, b"Found. Redirecting")),
    "laravel": Sample("/api/login", ("email", "password"), JSON, in_json, lambda right: as_json(
        200, {"token": "1|laravel_sanctum_abcdefghijklmnop"}) if right
        else as_json(422, {"message": "These credentials do not match our records.",
                           "errors": {"email": ["These credentials do not match our records."]}})),
    "laravel-form": Sample("/login", ("email", "password"), FORM, in_form, lambda right:
        (302, {"location": "http://api.test/dashboard" if right else "http://api.test/login",
               "content-type": "text/html; charset=UTF-8"}, b"<html>Redirecting</html>")),
    "spring-basic": Sample("/api/login", (), JSON, in_basic, lambda right:
        as_json(200, {"name": "alice"}) if right
        else (401, {"www-authenticate": 'Basic realm="Realm"', "content-length": "0"}, b"")),
    "spring-form": Sample("/login", ("username", "password"), FORM, in_form, lambda right:
        (302, {"location": "/" if right else "/login?error", "content-length": "0"}, b"")),
    "keycloak": Sample("/realms/shop/protocol/openid-connect/token", ("username", "password", "grant_type", "client_id"),
        FORM, in_form, lambda right: as_json(
        200, {"access_token": TOKEN, "expires_in": 300, "token_type": "Bearer"}) if right
        else as_json(401, {"error": "invalid_grant", "error_description": "Invalid user credentials"})),
    "wordpress-jwt": Sample("/wp-json/jwt-auth/v1/token", ("username", "password"), JSON, in_json, lambda right: as_json(
        200, {"token": TOKEN, "user_email": "alice@x.example", "user_nicename": "alice"}) if right
        else as_json(403, {"code": "[jwt_auth] incorrect_password", "message": "Error", "data": {"status": 403}})),
    "always-200": Sample("/api/auth", ("username", "password"), JSON, in_json, lambda right: as_json(
        200, {"status": "ok", "session": "0123456789abcdef"} if right
        else {"status": "error", "message": "wrong user or password"})),
    "always-200-false": Sample("/api/signin", ("username", "password"), JSON, in_json, lambda right: as_json(
        200, {"success": True, "data": {"token": TOKEN}} if right else {"success": False, "data": None})),
    "form-again": Sample("/accounts/login", ("username", "password"), FORM, in_form, lambda right:
        (302, {"location": "/home", "content-length": "0"}, b"") if right
        else (200, {"content-type": "text/html"}, b'<form method=post><input name=username><input type="password"></form>')),
}  # fmt: skip


def guarded(app: Any, api: Api, clock: Clock, *, only: tuple[str, ...] = LOGIN_CONTROLS, **config: Any) -> Guard:
    """A guard whose clock stands still until it is moved."""
    controls = {"beyond.host-and-proxy-trust": {"hosts": ["api.test"]}, **config.pop("controls", {})}
    settings = Config(only=only, controls=controls, **config)
    guard = Guard(app, settings, api=api)
    guard._compiled = Compiled(settings, api, clock=clock, now=clock)
    return guard


async def asking(
    guard: Guard,
    path: str,
    body: bytes,
    *,
    media: str = JSON,
    peer: str = "192.0.2.7",
    headers: tuple[tuple[str, str], ...] = (),
    method: str = "POST",
) -> Reply:
    """One request through a guard, inside a running loop."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(b"host", b"api.test"), *((name.encode(), value.encode()) for name, value in headers)]
    if body:
        pairs += [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body))]
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "raw_path": path.encode(), "path": path, "query_string": query.encode(),
        "headers": pairs, "scheme": "https", "client": (peer, 40000), "http_version": "1.1",
    }  # fmt: skip
    await guard(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(status=sent[0]["status"], headers=list(sent[0]["headers"]), body=content)


def ask(guard: Guard, sample: Sample, user: str, password: str, *, peer: str = "192.0.2.7") -> Reply:
    """One sign-in."""
    headers: tuple[tuple[str, str], ...] = ()
    if sample.named is in_basic:
        headers = (("authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()),)
    body = sample.body(user, password) if sample.fields else b""
    return asyncio.run(asking(guard, sample.path, body, media=sample.media, peer=peer, headers=headers))
