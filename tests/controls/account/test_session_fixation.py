"""A session cookie that was there before the sign-in is worth nothing afterwards, or that is the finding."""

from __future__ import annotations

import asyncio
import json
import secrets
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler

import pytest

from answering import says, server
from exchanges import api_of
from ostiary.audit.run import audit
from ostiary.model import Finding, Kind, Outcome
from ostiary.parts.accounts import Account, Told
from shop import OK

FLAGS = "; Path=/; HttpOnly; SameSite=Lax"
LOGIN = {"type": "object", "properties": {"username": {"type": "string"}, "password": {"type": "string"}}}
API = api_of(
    {
        "/login": {"post": {"security": [], "requestBody": {"content": {"application/json": {"schema": LOGIN}}}, "responses": OK}},
        "/me": {"get": {"security": [{"sid": []}], "responses": OK}},
    },
    components={"securitySchemes": {"sid": {"type": "apiKey", "in": "cookie", "name": "sid"}}},
)  # fmt: skip


def found(*, keeps: bool) -> Finding:
    """What the audit says of a server that gives a new session at the sign-in, or keeps the one that came along."""
    inside: set[str] = set()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        sent = SimpleCookie(handler.headers.get("cookie", ""))
        session = sent["sid"].value if "sid" in sent else ""
        if handler.path == "/login" and handler.command == "POST":
            body = json.loads(handler.rfile.read(int(handler.headers.get("content-length", 0))) or b"{}")
            if body.get("password") != "right-1":
                says(b'{"error": "no"}', 401)(handler)
                return
            session = session if keeps and session else secrets.token_hex(16)
            inside.add(session)
            says(b'{"in": true}', 200, ("set-cookie", f"sid={session}{FLAGS}"))(handler)
        elif handler.path == "/me":
            says(*((b'{"id": 1}', 200) if session in inside else (b'{"error": "no"}', 401)))(handler)
        else:
            says(b"{}", 404)(handler)

    accounts = {"alice": Account(user="alice", password=Told(text="right-1"))}
    with server(respond) as url:
        report = asyncio.run(audit(url, api=API, only=["account.cookie-flags"], accounts=accounts, register=False))
    return next(each for each in report.results[0].findings if each.kind is Kind.LIVE)


@pytest.mark.parametrize(("keeps", "outcome"), [(False, Outcome.PASS), (True, Outcome.FAIL)])
def test_a_planted_session(keeps: bool, outcome: Outcome) -> None:  # noqa: FBT001
    finding = found(keeps=keeps)
    assert finding.outcome is outcome, finding.why
    assert ("planted" in finding.why) is keeps
