"""Who is at the shop's counter, and how often: callers, the office, and the limit."""

from __future__ import annotations

import base64
import hmac
import ipaddress
import time
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ostiary.demo import passes
from ostiary.demo.reading import Refused
from ostiary.demo.wire import Request

LIMIT = 6000  # requests a minute: an audit is a busy guest
WINDOW = 60
MOST_GUESTS = 1000
OFFICE = ipaddress.ip_network("10.20.0.0/16")


class Identity(NamedTuple):
    """A customer."""

    id: str
    name: str
    email: str


ALICE = Identity("1f0c6f7e-2f4a-4f0e-8a83-6a1f2f9f7b10", "Alice", "alice@shop.example")
BOB = Identity("9b2e7c55-8d1e-4d0a-b7a4-3c9a6d5e4f21", "Bob", "bob@shop.example")
TOKENS = {"alice-demo-token-4xkT0mQ9": ALICE, "bob-demo-token-7pLw2sV5": BOB}  # a demo's, good nowhere else
PASSWORDS = {"alice": "wonderland"}


class Counter:
    """Decides who a caller is and whether it is their turn; sound or not by the switches."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self._seen: dict[str, tuple[int, int]] = {}  # guest -> (window, requests in it)

    def _guest(self, request: Request) -> str:
        if "beyond.host-and-proxy-trust" in self.faults:
            return request.headers.get("x-forwarded-for", request.peer).partition(",")[0].strip()
        return request.peer

    def take(self, request: Request) -> None:
        """Count a request; refuses the one that is too many."""
        if "access.throttling" in self.faults:
            return
        guest, window = self._guest(request), int(time.monotonic()) // WINDOW
        when, count = self._seen.pop(guest, (window, 0))
        count = count + 1 if when == window else 1
        self._seen[guest] = (window, count)
        while len(self._seen) > MOST_GUESTS:
            self._seen.pop(next(iter(self._seen)))
        if count > LIMIT:
            raise Refused(429, "too many requests", retry_after=str(WINDOW))

    def fields(self, request: Request) -> list[tuple[str, str]]:
        """What the caller may still ask (RateLimit fields, draft 11)."""
        if "access.throttling" in self.faults:
            return []
        left = LIMIT - self._seen.get(self._guest(request), (0, 0))[1]
        ends = WINDOW - int(time.monotonic()) % WINDOW
        return [
            ("ratelimit-policy", f'"minute";q={LIMIT};w={WINDOW}'),
            ("ratelimit", f'"minute";r={max(left, 0)};t={ends}'),
        ]

    def claims(self, request: Request, operation: str) -> Mapping[str, Any]:
        """What is known of who asks; refuses with 401 when nobody does."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if not scheme and "input.credentials-in-header" in self.faults:
            query = dict(parse_qsl(request.query))
            scheme, given = "bearer", next((query[name] for name in ("access_token", "token") if name in query), "")
        if scheme.lower() == "bearer" and "." in given:
            return passes.read(given.strip(), self.faults)
        forgets = operation == "exportOrders" and "processing.all-endpoints-authenticated" in self.faults
        if forgets and not given:
            return {"sub": ALICE.id}
        who = self.caller(request)
        return {"sub": who.id, "scope": "orders:read orders:write", "roles": ["customer"], "client_id": "shop-app"}

    def caller(self, request: Request) -> Identity:
        """Who asks with a token of the shop's early days; refuses with 401 when nobody does."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = given.strip() if scheme.lower() == "bearer" else ""
        basic = "auth.no-basic" in self.faults
        if "input.credentials-in-header" in self.faults and not token:
            query = dict(parse_qsl(request.query))
            token = next((query[name] for name in ("access_token", "token", "api_key") if name in query), "")
        for known, who in TOKENS.items():
            if hmac.compare_digest(known.encode(), token.encode()):
                return who
        if basic and scheme.lower() == "basic" and _basic(given):
            return ALICE
        if "beyond.host-and-proxy-trust" in self.faults and _is_uuid(request.headers.get("x-user-id", "")):
            return ALICE
        raise Refused(401, "say who you are", www_authenticate='Basic realm="shop"' if basic else 'Bearer realm="shop"')

    def admit(self, request: Request, operation: Mapping[str, Any]) -> None:
        """Let only the office into what is private."""
        if operation.get("x-audience") != "private":
            return
        address = request.peer
        if "access.private-allowlist" in self.faults:
            address = request.headers.get("x-forwarded-for", address).partition(",")[0].strip()
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            raise Refused(403, "this is for the office") from None
        forged = address != request.peer and found.is_private
        if found not in OFFICE and not forged:
            raise Refused(403, "this is for the office")


def identity_of(claims: Mapping[str, Any]) -> Identity:
    """The customer of a token."""
    known = {each.id: each for each in (ALICE, BOB)}
    subject = str(claims.get("sub"))
    return known.get(subject, Identity(subject, "guest", "guest@shop.example"))


def _basic(given: str) -> bool:
    try:
        name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return False
    return hmac.compare_digest(PASSWORDS.get(name, "").encode() or b"\0", password.encode())


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return text.isdecimal() and bool(text)
    return True
