"""The annex's door and corridors: what holds for every room, kept by its own means."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from ostiary.demo import reading
from ostiary.demo.annex import doorstep, rooms
from ostiary.demo.annex.people import TABLES, People, Person
from ostiary.demo.annex.room import Call, Premises
from ostiary.demo.annex.tokens import Tokens
from ostiary.demo.counter import Counter
from ostiary.demo.reading import Refused
from ostiary.demo.tries import Tries
from ostiary.demo.wire import Answer, Request, allow, as_json, fits, made, match, request_of

HOSTS = ("127.0.0.1", "localhost", "[::1]", "testserver")
MOST_TARGET = 4096  # bytes
MOST_HEADERS = 16 * 1024  # bytes
MOST_BODY = 64 * 1024  # bytes
MOST_UPLOAD = 512 * 1024  # bytes, of what is no JSON
STATIC = (".css", ".js", ".png")
MOST_KEPT = 50  # replies
SLOWEST_BODY = 5.0  # seconds
_LONGEST_NUMBER = 10  # digits; more is out of any range here
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def make(faults: Iterable[str] = rooms.FAULTS, *, hosts: Iterable[str] = HOSTS) -> House:
    """The annex as an ASGI app.

    :param faults: the switches that are on (`rooms.FAULTS`); none: a sound annex.
    :param hosts: the names it serves, without port.
    :raises ConfigError: for a switch that does not exist.
    """
    return House(rooms.chosen(faults), frozenset(hosts))


class House:
    """The ASGI app."""

    def __init__(self, faults: frozenset[str], hosts: frozenset[str]) -> None:
        self.faults = faults
        self._hosts = hosts
        self.document = rooms.document(faults)
        self._paths = rooms.served(faults)
        self._rooms = {
            each["operationId"]: rooms.room_of(each["operationId"], faults)
            for item in self._paths.values()
            for each in item.values()
        }
        db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.executescript(TABLES)
        self.tokens = Tokens(faults)
        self.premises = Premises(faults, db, People(faults, db), self.tokens, Tries(faults))
        for room in rooms.ROOMS:
            db.executescript(room.TABLES)
        self._counter = Counter(faults)
        self._cache: dict[str, Answer] = {}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            while True:
                event = (await receive())["type"].rpartition(".")[2]
                await send({"type": f"lifespan.{event}.complete"})
                if event == "shutdown":
                    self.premises.db.close()
                    return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = request_of(scope)
        try:
            answer = await self._answer(request, receive)
        except Refused as refused:
            answer = _refusal(refused)
        except Exception:
            answer = _refusal(Refused(500, "this did not work"))
            if "processing.debug-off" in self.faults:
                answer = Answer(500, traceback.format_exc().encode(), "text/plain; charset=utf-8")
        headers = [*_HEADERS, *answer.headers, *self._counter.fields(request)]
        headers += [("content-type", answer.media)] if answer.media else []
        headers += [("content-length", str(len(answer.body)))] if answer.status != 204 else []  # noqa: PLR2004 - RFC 9110 section 8.6
        start = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": start})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        self._at_the_door(request)
        self._counter.take(request)
        if page := self._page(request):
            return page
        if "input.gateway-caching" in self.faults and request.path.endswith(STATIC):
            return await self._kept(request, receive)
        template, values = self._route(request)
        methods = {method.upper(): each for method, each in self._paths[template].items()}
        operation = self._operation(request, methods)
        if operation is None:
            return Answer(204, headers=[("allow", allow(methods))])
        _as_numbers(values, operation)
        who = await self._caller(request, operation)
        media = made(operation)
        if media and not fits(request.headers.get("accept", "*/*"), media):
            raise Refused(406, "this is not made here", accept=media)
        values |= _query(request, operation)
        for each in operation["parameters"]:
            self._check(each, values)
        body = await self._body(request, receive, operation)
        name = operation["operationId"]
        call = Call(name, values, body, who, request, self.premises)
        answer: Answer = await self._rooms[name].serve(call)
        return answer

    async def _kept(self, request: Request, receive: Receive) -> Answer:
        """A cache that goes by the end of a name, before a router that does not care for it."""
        name, request.path = request.path, request.path.rpartition("/")[0]
        if name not in self._cache:
            answer = await self._answer(request, receive)
            self._cache = dict([*self._cache.items(), (name, answer)][-MOST_KEPT:])
        return self._cache[name]

    def _check(self, parameter: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        name = parameter["name"]
        if name not in values:
            fault = f"{name} is missing" if parameter["required"] else ""
        else:
            fault = reading.fault_of(parameter["schema"], values[name], self.document, name)
        if fault and parameter["in"] == "path" and "processing.debug-off" in self.faults:
            raise ValueError(fault)  # and nobody catches it
        if fault:
            raise Refused(404 if parameter["in"] == "path" else 400, fault)

    def _at_the_door(self, request: Request) -> None:
        name = request.hosts[0] if request.hosts else ""
        bare = name if name.endswith("]") else name.rpartition(":")[0] or name
        if len(request.hosts) != 1 or bare.lower() not in self._hosts:
            raise Refused(421, "this host is not served here")
        if len(request.path) + len(request.query) > MOST_TARGET:
            raise Refused(414, "the URL is too long")
        if request.size > MOST_HEADERS:
            raise Refused(431, "the header fields are too large")

    def _page(self, request: Request) -> Answer | None:
        if request.method not in {"GET", "HEAD"}:
            return None
        if request.path == "/openapi.json":
            return as_json(200, self.document)
        return doorstep.page(request.path, self.faults)

    def _route(self, request: Request) -> tuple[str, dict[str, Any]]:
        for template in sorted(self._paths, key=lambda each: each.count("{")):  # concrete ones first
            values = match(template, request.path)
            if values is not None:
                return template, values
        raise Refused(404, "nothing is here")

    def _operation(self, request: Request, methods: Mapping[str, Any]) -> Any:
        name = "GET" if request.method == "HEAD" else request.method
        if name in methods or name == "OPTIONS":
            return methods.get(name)
        if name not in _METHODS:
            raise Refused(501, "no such method")
        raise Refused(405, "not with this method", allow=allow(methods))

    async def _caller(self, request: Request, operation: Mapping[str, Any]) -> Person | None:
        if "security" in operation and not operation["security"]:
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            if operation.get("x-anyone"):
                return None
            raise Refused(401, "say who you are", www_authenticate='Bearer realm="annex"')
        claims = await asyncio.to_thread(self.tokens.read, given.strip())
        person = self.premises.people.of(str(claims.get("sub")))
        session = str(claims.get("sid"))
        if person is None or not self.premises.people.lives(session):
            raise Refused(401, "sign in again", www_authenticate='Bearer realm="annex", error="invalid_token"')
        return Person(person["id"], person["name"], person["role"], session)

    async def _body(self, request: Request, receive: Receive, operation: Mapping[str, Any]) -> Any:
        content = operation.get("requestBody", {}).get("content", {})
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                request.body = await _bytes(receive, MOST_BODY if "json" in media or not content else MOST_UPLOAD)
        except TimeoutError:
            raise Refused(408, "the body takes too long") from None
        if not content and not request.body:
            return None
        if media not in content or request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused(415, "this type is not read here", accept=", ".join(content))
        if "json" not in media:
            return request.body  # the room's to read
        value = reading.json_strictly(request.body)
        reading.bounded(value)
        schema = content[media]["schema"]
        if operation.get("x-loose"):
            schema = {**schema, "additionalProperties": True}
        if fault := reading.fault_of(schema, value, self.document):
            raise Refused(422, fault)
        return value


def _refusal(refused: Refused) -> Answer:
    problem = {"type": "about:blank", "title": "Refused", "status": refused.status, "detail": refused.reason}
    return Answer(refused.status, json.dumps(problem).encode(), "application/problem+json", refused.headers)


def _query(request: Request, operation: Mapping[str, Any]) -> dict[str, Any]:
    known = {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}
    values: dict[str, Any] = {}
    for name, text in parse_qsl(request.query, keep_blank_values=True):
        if name not in known or name in values:
            raise Refused(400, "a query parameter is not known, or given twice")
        values[name] = text
    _as_numbers(values, operation)
    return values


def _as_numbers(values: dict[str, Any], operation: Mapping[str, Any]) -> None:
    whole = {each["name"] for each in operation["parameters"] if each["schema"].get("type") == "integer"}
    for name in whole & values.keys():
        text = str(values[name])
        if text.lstrip("-").isdecimal() and len(text) < _LONGEST_NUMBER:
            values[name] = int(text)


async def _bytes(receive: Receive, most: int) -> bytes:
    chunks: list[bytes] = []
    more, size = True, 0
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > most:
            raise Refused(413, "the body is too large")
    return b"".join(chunks)
