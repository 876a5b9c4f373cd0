"""A small bank for tests of the audit: numbers name accounts, codes reset passwords, nothing reads a profile; sound but for its faults."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from closing import Request, Response, app_of
from library import closed, document, hole, living, say, taking
from loop import stage
from ostiary.audit.result import Result
from ostiary.audit.run import audit

VERSION = {
    "name": "version",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "enum": [1, 2], "default": 2},
}
NUMBER = {"name": "account_number", "in": "query", "required": True, "schema": {"type": "string"}}
OPEN = {"responses": {"200": {"description": "ok"}}}
PATHS: dict[str, Any] = {
    "/register": {"post": taking("username", "password")},
    "/login": {"post": taking("username", "password")},
    "/api/v{version}/forgot-password": {"parameters": [VERSION], "post": taking("username")},
    "/api/v{version}/reset-password": {
        "parameters": [VERSION],
        "post": taking("username", "new_password", reset_pin={"type": "string", "maxLength": 6}),
    },
    "/balance/{account_number}": {"get": closed(parameters=[hole("account_number")])},
    "/entries": {"get": closed(parameters=[NUMBER])},
    "/payments": {"get": closed(), "post": closed(**taking("description"))},
    "/partners/register": {"post": taking("name", "email", "password")},
    "/partners/me": {"get": closed()},
}


class Ledger:
    """The server; `faults`: "bind", "numbers", "open", "tells", "unlimited", "repeats", "full"."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self.faults = frozenset(faults)
        self.users: dict[str, dict[str, Any]] = {}
        self.pins: dict[str, str] = {}
        self.tries: dict[str, int] = {}
        self.chance = random.Random(7)  # of 900 PINs a wrong guess is the right one now and then
        self.key = secrets.token_bytes(32)
        self.partnered: dict[str, dict[str, Any]] = {}  # by token: a part with accounts of its own

    def __call__(self, request: Request) -> Response:
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            return say(400, {"error": "not JSON"})
        parts = request.path.strip("/").split("/")
        if parts == ["partners", "me"]:
            return self.partner(request)
        if request.method == "POST" and parts[0] in {"register", "login", "partners"}:
            return getattr(self, parts[0])(body)  # type: ignore[no-any-return]  # by name
        if request.method == "POST" and parts[-1] in {"forgot-password", "reset-password"}:
            user = self.users.get(str(body.get("username")))
            return self.forgotten(user, parts[1]) if parts[-1][0] == "f" else self.reset(user, body)
        user = self.who(request)
        number = (
            parts[1] if parts[0] == "balance" and len(parts) == 2 else request.query.removeprefix("account_number=")
        )
        if user is None and not ("open" in self.faults and parts[0] in {"balance", "entries"}):
            return say(401, {"error": "who?"})
        if parts[0] == "payments" and user is not None:
            if request.method == "POST":
                user["entries"].append(str(body.get("description")))
                return say(201, {"id": len(user["entries"]), "ok": True})
            return say(200, [{"description": each} for each in user["entries"]])
        found = next((each for each in self.users.values() if each["number"] == number), None)
        if parts[0] not in {"balance", "entries"} or found is None:
            return say(404, {"error": "none"})
        if not {"numbers", "open"} & self.faults and found is not user:
            return say(403, {"error": "not yours"})
        entries = {"entries": [{"text": each} for each in found["entries"]]}
        return say(200, {key: found[key] for key in ("username", "balance")} if parts[0] == "balance" else entries)

    def partner(self, request: Request) -> Response:
        partner = self.partnered.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return say(200, partner) if partner is not None else say(401, {"error": "who?"})

    def register(self, body: dict[str, Any]) -> Response:
        given = body if "bind" in self.faults else {key: body.get(key) for key in ("username", "password")}
        if (
            not body.get("username")
            or body["username"] in self.users
            or given.keys() - {"username", "password", "is_admin"}
        ):
            return say(500, {"error": "no such column"})
        if "full" in self.faults and len(self.users) >= 4:  # one more after two users and a plain one
            return say(429, {"error": "no more today"})
        number = str(secrets.randbelow(9 * 10**9) + 10**9)
        self.users[body["username"]] = {"is_admin": False, "balance": 1000.0, "entries": [], "number": number, **given}
        return say(200, {"ok": True})

    def login(self, body: dict[str, Any]) -> Response:
        user = self.users.get(str(body.get("username")))
        if user is None or user["password"] != body.get("password"):
            return say(401, {"error": "no"})
        told = {"isAdmin": user["is_admin"], "accountNumber": user["number"], "info": {"is_admin": user["is_admin"]}}
        return say(200, {"token": self.token({"sub": user["username"], "is_admin": user["is_admin"]}), **told})

    def partners(self, body: dict[str, Any]) -> Response:
        kept = {"id": secrets.token_hex(4), "name": body.get("name"), "active": True}
        token = secrets.token_urlsafe(32)
        self.partnered[token] = kept
        return say(
            200,
            {"partner": kept, "token": token, **({"debug": {"received": body}} if "repeats" in self.faults else {})},
        )

    def forgotten(self, user: dict[str, Any] | None, version: str) -> Response:
        if user is not None:
            self.pins[user["username"]] = f"{self.chance.randrange(100, 1000)}"
            self.tries.pop(user["username"], None)
        pin = (
            {"debug_info": {"pin": self.pins[user["username"]]}}
            if user and version == "v1" and "tells" in self.faults
            else {}
        )
        return say(200, {"message": "sent", **pin})

    def reset(self, user: dict[str, Any] | None, body: dict[str, Any]) -> Response:
        name = user["username"] if user else ""
        self.tries[name] = self.tries.get(name, 0) + 1
        spent = self.tries[name] > 5 and "unlimited" not in self.faults
        if user is None or spent or self.pins.get(name) != body.get("reset_pin"):
            return say(400, {"error": "wrong PIN"})
        user["password"] = body.get("new_password")
        del self.pins[name]
        return say(200, {"ok": True})

    def token(self, claims: Mapping[str, Any]) -> str:
        text = f"{_packed({'alg': 'HS256', 'typ': 'JWT'})}.{_packed(claims)}"
        return f"{text}.{_coded(hmac.digest(self.key, text.encode(), hashlib.sha256))}"

    def who(self, request: Request) -> dict[str, Any] | None:
        text = request.headers.get("authorization", "").removeprefix("Bearer ")
        for user in self.users.values():
            if text == self.token({"sub": user["username"], "is_admin": user["is_admin"]}):
                return user
        return None


def _packed(value: Mapping[str, Any]) -> str:
    return _coded(json.dumps(value).encode())


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def asked(control: str, *faults: str, intrusive: bool = True) -> Result:
    """What the audit says of one control, of a bank with these faults; it registers its own accounts."""
    with stage.serving(living(app_of(Ledger(faults)))) as port:
        url = f"http://127.0.0.1:{port}"
        report = asyncio.run(audit(url, api=document(PATHS), only=[control], intrusive=intrusive, nonce="t0"))
    return report.results[0]
