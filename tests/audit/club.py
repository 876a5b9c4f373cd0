"""A small API with members, as many frameworks would have it: every way of signing in, one switch each."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from audit.listening import serving
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.wire import Wire
from ostiary.audit.target import Target, parse, pin
from ostiary.parts import openapi

Faults = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


class Club:
    """``token`` is where a login has the credential, ``send`` how it is wanted back (header, what stands before).

    ``envelope``: the member in which bodies come ("user"). ``named``: the field that logins want. ``form``: logins are
    forms. ``csrf``: every write wants the cookie's token in a header. ``ttl``: seconds that a token lives.
    ``faults``: what registration finds wrong, as FastAPI writes it. ``leaving``: whether DELETE /me exists.
    """

    def __init__(
        self,
        *,
        token: str = "json:access_token",
        send: tuple[str, str] = ("authorization", "Bearer "),
        envelope: str = "",
        named: str = "username",
        form: bool = False,
        csrf: bool = False,
        ttl: float = 0.0,
        faults: Faults = lambda _: [],
        leaving: bool = False,
        registering: bool = True,
        schemes: Mapping[str, Any] | None = None,
        welcomes: bool = False,
        always_session: bool = False,
    ) -> None:
        self.token, self.send, self.envelope, self.named, self.form = token, send, envelope, named, form
        self.csrf, self.ttl, self.faults, self.leaving = csrf, ttl, faults, leaving
        self.registering, self.schemes, self.welcomes = registering, schemes or {}, welcomes
        self.always_session = always_session
        self.members: dict[str, dict[str, Any]] = {}
        self.issued: dict[str, tuple[str, float]] = {}
        self.asked: list[tuple[str, str]] = []
        self.logins = 0
        self.client = ("", "")  # of client credentials

    def document(self) -> dict[str, Any]:
        texts = {"type": "string"}
        inner = {"username": texts, "email": {"type": "string", "format": "email"}, "password": texts}
        login = {self.named: texts, "password": texts}

        def body(properties: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
            schema: dict[str, Any] = {"type": "object", "properties": properties, "required": list(properties)}
            if self.envelope:
                schema = {"type": "object", "properties": {self.envelope: schema}, "required": [self.envelope]}
            return {"required": True, "content": {media: {"schema": schema}}}

        done = {"responses": {"200": {"description": "done"}}}
        closed: dict[str, Any] = {**done, "security": [{key: [] for key in self.schemes}] if self.schemes else [{}]}
        paths: dict[str, Any] = {
            "/login": {
                "post": {
                    **done,
                    "requestBody": body(
                        login, "application/x-www-form-urlencoded" if self.form else "application/json"
                    ),
                }
            },
            "/me": {"get": closed},
            "/notes": {"get": closed, "post": {**closed, "requestBody": body({"text": texts})}},
            "/news": {"get": done},
            "/logout": {"post": closed},
        }
        if self.registering:
            paths["/register"] = {"post": {**done, "requestBody": body(inner)}}
        if self.leaving:
            paths["/me"]["delete"] = closed
        return {
            "openapi": "3.1.0",
            "info": {"title": "Club", "version": "1"},
            "paths": paths,
            "components": {"securitySchemes": dict(self.schemes)},
        }  # fmt: skip

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        while (message := await receive())["type"] == "http.request":
            raw += message["body"]
            if not message.get("more_body"):
                break
        self.asked.append((scope["method"], scope["path"]))
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status, reply, extra = self.answer(scope["method"], scope["path"], headers, raw)
        data = json.dumps(reply).encode()
        fields = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        fields += [(name.encode(), value.encode()) for name, value in extra]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": data})

    def answer(
        self, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        if path == "/openapi.json":
            return 200, self.document(), []
        cookies = dict(pair.strip().partition("=")[::2] for pair in headers.get("cookie", "").split(";") if "=" in pair)
        if self.csrf and method == "GET" and "csrftoken" not in cookies:
            return *self.routed(method, path, headers, cookies, raw)[:2], [
                ("set-cookie", "csrftoken=c5rf70k3n; Path=/")
            ]
        if (
            self.csrf
            and method != "GET"
            and not ("c5rf70k3n" == cookies.get("csrftoken") == headers.get("x-csrftoken"))
        ):
            return 403, {"detail": "CSRF Failed: CSRF token missing."}, []
        return self.routed(method, path, headers, cookies, raw)

    def routed(
        self, method: str, path: str, headers: dict[str, str], cookies: dict[str, str], raw: bytes
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        body = self.read(raw, headers)
        if (method, path) == ("POST", "/register") and self.registering:
            return self.register(body)
        if (method, path) == ("POST", "/login"):
            return self.login(body)
        if (method, path) == ("POST", "/oauth/token"):
            return self.oauth(raw)
        if path == "/news":
            return 200, {"news": []}, []
        who = self.caller(headers, cookies)
        if who is None:
            return 401, {"error": "who are you?"}, []
        if (method, path) == ("GET", "/me"):
            return 200, {"username": who, "email": self.members.get(who, {}).get("email", "")}, []
        if (method, path) == ("DELETE", "/me") and self.leaving:
            del self.members[who]
            return 200, {"left": True}, []
        if (method, path) == ("POST", "/logout"):
            self.issued = {token: held for token, held in self.issued.items() if held[0] != who}
            return 200, {"bye": True}, []
        if path == "/notes":
            return 200, {"notes": []}, []
        return 404, {"error": "no such thing"}, []

    def read(self, raw: bytes, headers: dict[str, str]) -> dict[str, Any]:
        if "form" in headers.get("content-type", ""):
            return {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        with contextlib.suppress(ValueError):
            found = json.loads(raw or b"{}")
            found = found.get(self.envelope, {}) if self.envelope and isinstance(found, dict) else found
            return found if isinstance(found, dict) else {}
        return {}

    def register(self, body: dict[str, Any]) -> tuple[int, Any, list[tuple[str, str]]]:
        missing = [each for each in ("username", "email", "password") if not body.get(each)]
        faults = [{"loc": ["body", each], "msg": "Field required", "type": "missing"} for each in missing]
        faults += [] if missing else self.faults(body)
        if faults:
            return 422, {"detail": faults}, []
        if body["username"] in self.members:
            return 409, {"detail": "username already exists"}, []
        self.members[body["username"]] = body
        reply = {"id": len(self.members), "username": body["username"]}
        if self.welcomes:
            status, given, extra = self.handed(body["username"])
            return status, {**reply, **given}, extra
        return 201, reply, []

    def login(self, body: dict[str, Any]) -> tuple[int, Any, list[tuple[str, str]]]:
        self.logins += 1
        name, password = body.get(self.named), body.get("password")
        who = next((key for key, each in self.members.items() if each.get(self.named) == name), None)
        if who is None or self.members[who]["password"] != password or self.welcomes:
            extra = [("set-cookie", "sid=an-anonymous-session-0123456789; HttpOnly")] if self.always_session else []
            return 401, {"error": "wrong name or password"}, extra
        return self.handed(who)

    def handed(self, who: str) -> tuple[int, Any, list[tuple[str, str]]]:
        token = f"t{len(self.issued):04}-9f8e7d6c5b4a39281706f5e4d3c2b1a0"
        self.issued[token] = (who, time.monotonic())
        kind, _, rest = self.token.partition(":")
        if kind == "header":
            return 200, {"welcome": who}, [(rest, token)]
        if kind == "cookie":
            return 200, {"welcome": who}, [("set-cookie", f"{rest}={token}; Path=/; HttpOnly")]
        reply: Any = token
        for each in reversed(rest.split(".")):
            reply = {each: reply}
        return 200, {**reply, "token_type": "bearer", "refresh_token": "r-0123456789abcdef0123456789abcdef"}, []

    def oauth(self, raw: bytes) -> tuple[int, Any, list[tuple[str, str]]]:
        form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        if (
            form.get("grant_type") != "client_credentials"
            or (form.get("client_id"), form.get("client_secret")) != self.client
        ):
            return 401, {"error": "invalid_client"}, []
        self.logins += 1
        status, _, extra = self.handed("a-client")
        return status, {"access_token": next(reversed(self.issued)), "token_type": "Bearer"}, extra

    def caller(self, headers: dict[str, str], cookies: dict[str, str]) -> str | None:
        name, before = self.send
        text = cookies.get(before, "") if name == "cookie" else headers.get(name, "")
        if name != "cookie" and not text.startswith(before):
            return None
        held = self.issued.get(text if name == "cookie" else text.removeprefix(before))
        if held is None or (self.ttl and time.monotonic() > held[1] + self.ttl):
            return None
        return held[0]


@contextlib.asynccontextmanager
async def visiting(club: Any, **options: Any) -> AsyncIterator[tuple[Live, LiveHttp]]:
    """A live view of the club, its accounts prepared."""
    with serving(club) as base:
        target: Target = await pin(parse(base))
        wire = Wire(target)
        live = Live(target, wire, Budget(800), nonce=options.pop("nonce", "n1"), **{"register": True, **options})
        http = LiveHttp(live, "a test")
        live.adopt(openapi.from_plain(club.document(), source=f"{base}/openapi.json"))
        try:
            await live.accounts.prepare(http)
            yield live, http
        finally:
            await wire.close()
