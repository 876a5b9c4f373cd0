"""A shop API with a switch for every fault: sound with none of them, wrong in thirty ways with all.

Nothing here uses the guard: the shop keeps each control by its own means, so that an audit of it proves the audit.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from ostiary.demo import pages
from ostiary.demo.counter import Counter, identity_of
from ostiary.demo.customers import Customers
from ostiary.demo.faults import FAULTS, chosen
from ostiary.demo.hatch import Hatch
from ostiary.demo.intake import Intake, Receive
from ostiary.demo.orders import Orders
from ostiary.demo.reading import Refused
from ostiary.demo.wares import Wares
from ostiary.demo.wire import Answer, Request, allow, as_json, fits, made, match, request_of
from ostiary.parts.yaml_text import load_document

DOCUMENT = Path(__file__).with_name("openapi.yaml")
POLICY = Path(__file__).with_name("ostiary.toml")
ALL = frozenset(FAULTS)
HOSTS = ("127.0.0.1", "localhost", "[::1]", "api.test", "testserver")

MOST_TARGET = 4096
MOST_HEADERS = 16 * 1024
BACKTRACKING = r"^(\w|\w{2,3})*$"  # six more word characters, and forty times the work before "!" fails it

SURGE = 20  # labels a second
_HATCH = frozenset({"leave", "takePicture", "searchStock", "printLabel", "printSlowly", "greet", "query"})
_CUSTOMERS = frozenset({"register", "login", "sendCode", "checkCode", "readUser", "changeUser", "listUsers"})
_ORDERS = frozenset({"searchOrders", "exportOrders", "readOrder", "replaceOrder", "pay", "settle", "takePaymentNews"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_HEADERS = {  # what every reply of a sound shop carries, and the switch that leaves it out
    "x-content-type-options": ("nosniff", "output.nosniff"),
    "x-frame-options": ("DENY", "output.frame-deny"),
    "content-security-policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "output.csp-none",
    ),
    "cache-control": ("no-store", "beyond.cache-no-store"),
    "referrer-policy": ("no-referrer", "input.credentials-in-header"),
}

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def make(faults: Iterable[str] = ALL, *, https_only: bool = False, hosts: Iterable[str] = HOSTS) -> Careless:
    """The shop as an ASGI app.

    :param faults: the switches that are on (`FAULTS`); none: a sound shop.
    :param https_only: refuse clear text. Off, because the server that runs it decides whether there is TLS; the
        switch ``access.https-only`` matters only where it is on.
    :param hosts: the names it serves, without port.
    :raises ConfigError: for a switch that does not exist.
    """
    return Careless(chosen(faults), https_only=https_only, hosts=frozenset(hosts))


@cache
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = load_document(DOCUMENT.read_bytes())
    return found


def document(faults: Iterable[str] = ()) -> dict[str, Any]:
    """The shop's OpenAPI document; some faults stand in it, too."""
    found = copy.deepcopy(dict(_document()))
    on, paths, schemas = chosen(faults), found["paths"], found["components"]["schemas"]
    if "beyond.redos" in on:
        paths["/items"]["get"]["parameters"][1]["schema"]["pattern"] = BACKTRACKING
    if "account.no-open-redirect" in on:
        del paths["/go"]["get"]["parameters"][0]["schema"]["pattern"]
    if "account.block-script-schemes" in on:
        for name, field in (("NewUser", "avatar"), ("User", "avatar"), ("UserChange", "avatar"), ("Picture", "url")):
            del schemas[name]["properties"][field]["pattern"]
    if "account.otp-not-in-response" in on:
        sent = paths["/login/code/send"]["post"]["responses"]["202"]["content"]["application/json"]["schema"]
        sent["properties"]["code"] = {"type": "string", "maxLength": 6}
    return found


class Careless:
    """The ASGI app."""

    def __init__(self, faults: frozenset[str], *, https_only: bool, hosts: frozenset[str]) -> None:
        self.faults = faults
        self._document = document(faults)
        for item in self._document["paths"].values():
            shared = item.pop("parameters", [])
            for operation in item.values():
                operation["parameters"] = [*shared, *operation.get("parameters", [])]
        self._https_only = https_only
        self._hosts = hosts
        self._wares = Wares(faults, self._document)
        self._counter = Counter(faults)
        self._intake = Intake(faults, self._document)
        self._customers = Customers(faults)
        self._orders = Orders(faults, self._customers.tries)
        self._hatch = Hatch(faults)
        self._level = 0.0  # of the bucket that requests fill
        self._poured = time.monotonic()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            while True:
                event = (await receive())["type"].rpartition(".")[2]
                await send({"type": f"lifespan.{event}.complete"})
                if event == "shutdown":
                    return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = request_of(scope)
        try:
            answer = await self._answer(request, receive)
        except Refused as refused:
            answer = self._refusal(refused)
        if "output.content-type-forced" in self.faults and "json" in answer.media and request.path.startswith("/items"):
            answer.media = "text/html; charset=utf-8"
        if not all(text.isprintable() for _, text in answer.headers):  # no server sends a line break in a field
            answer = Answer(500, b"Internal Server Error", "text/plain; charset=utf-8")
        headers = self._headers(request, answer)
        start = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": start})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})

    def _refusal(self, refused: Refused) -> Answer:
        if refused.reason == pages.TRACE:
            return Answer(refused.status, refused.reason.encode(), "text/plain; charset=utf-8")
        problem = {"type": "about:blank", "title": "Refused", "status": refused.status, "detail": refused.reason}
        return Answer(refused.status, json.dumps(problem).encode(), "application/problem+json", refused.headers)

    def _headers(self, request: Request, answer: Answer) -> list[tuple[str, str]]:
        found = [(name, value) for name, (value, fault) in _HEADERS.items() if fault not in self.faults]
        found += [("content-type", answer.media)] if answer.media else []
        found += [("content-length", str(len(answer.body)))] if answer.status != 204 else []  # noqa: PLR2004 - RFC 9110 section 8.6
        if request.secure and "access.hsts" not in self.faults:
            found.append(("strict-transport-security", "max-age=31536000; includeSubDomains"))
        if "beyond.cache-no-store" in self.faults:
            found.append(("cache-control", "public, max-age=600"))
        if "output.no-fingerprint-headers" in self.faults:
            found += [("server", "Werkzeug/2.0.3 Python/3.9.2"), ("x-powered-by", "CarelessShop/0.3.1")]
        if "beyond.cors-allowlist" in self.faults and "origin" in request.headers:
            origin = request.headers["origin"]
            found += [("access-control-allow-origin", origin), ("access-control-allow-credentials", "true")]
        return found + self._counter.fields(request) + answer.headers

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        self._at_the_door(request)
        self._counter.take(request)
        if page := self._page(request):
            return page
        methods, values = self._route(request)
        if "input.method-semantics" in self.faults and "x-http-method-override" in request.headers:
            request.method = request.headers["x-http-method-override"].upper()
            if request.method not in methods:
                raise Refused(405, "not with this method", allow=allow(methods))
        if request.method == "TRACE" and "input.method-405" in self.faults:
            lines = [f"TRACE {request.path} HTTP/1.1", *(f"{name}: {text}" for name, text in request.headers.items())]
            return Answer(200, "\r\n".join(lines).encode(), "message/http")
        operation = self._operation(request, methods)
        if operation is None:
            return self._options(request, methods)
        who = self._counter.claims(request, operation["operationId"]) if operation.get("security") else {}
        if operation["operationId"] == "printLabel":
            self._surge()
        self._counter.admit(request, operation)
        self._accepts(request, operation)
        values |= self._intake.query(request, operation)
        self._intake.check(operation, values)
        value = await self._intake.body(request, receive, operation)
        return await self._serve(request, operation, values, value, who)

    def _at_the_door(self, request: Request) -> None:
        if request.secure is False and self._https_only and "access.https-only" not in self.faults:
            raise Refused(403, "this API is served over HTTPS alone")
        if "beyond.host-and-proxy-trust" not in self.faults:
            name = request.hosts[0] if request.hosts else ""
            bare = name if name.endswith("]") else name.rpartition(":")[0] or name
            several = len(request.hosts) != 1 and "beyond.request-smuggling" not in self.faults
            if several or bare.lower() not in self._hosts:
                raise Refused(421, "this host is not served here")
        if "beyond.payload-limits" not in self.faults:
            if len(request.path) + len(request.query) > MOST_TARGET:
                raise Refused(414, "the URL is too long")
            if request.size > MOST_HEADERS:
                raise Refused(431, "the header fields are too large")

    def _page(self, request: Request) -> Answer | None:
        path = request.path
        html = "text/html; charset=utf-8"
        if path == "/.well-known/security.txt" and "people.report-channel" not in self.faults:
            expires = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 180 * 86400))
            text = f"Contact: mailto:security@shop.example\nExpires: {expires}\nPreferred-Languages: en\n"
            return Answer(200, text.encode(), "text/plain; charset=utf-8")
        if path in {"/files", "/files/"} and "access.no-directory-listing" in self.faults:
            return Answer(200, pages.LISTING.encode(), html)
        if path == "/console" and "processing.debug-off" in self.faults:
            return Answer(200, pages.CONSOLE.encode(), html)
        if "beyond.api-inventory" in self.faults:
            if path == "/metrics":
                return Answer(200, pages.METRICS.encode(), "text/plain; version=0.0.4")
            if path in pages.INTERNAL:
                return as_json(200, pages.INTERNAL[path])
        return None

    def _route(self, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
        paths = self._document["paths"]
        for template in sorted(paths, key=lambda each: "{" in each):  # concrete ones first
            values = match(template, request.path)
            if values is not None:
                return {method.upper(): operation for method, operation in paths[template].items()}, values
        raise Refused(404, "nothing is here")

    def _operation(self, request: Request, methods: dict[str, Any]) -> Any:
        name = "GET" if request.method == "HEAD" else request.method
        if name in methods or name == "OPTIONS":
            return methods.get(name)
        if "input.method-405" in self.faults and name != "POST":  # a POST taken for a GET would hide the override
            return methods.get("GET") or next(iter(methods.values()))
        if name not in _METHODS:
            raise Refused(501, "no such method")
        raise Refused(405, "not with this method", allow=allow(methods))

    def _options(self, request: Request, methods: dict[str, Any]) -> Answer:
        answer = Answer(204, headers=[("allow", allow(methods))])
        if "beyond.cors-allowlist" in self.faults and "origin" in request.headers:
            asked = request.headers.get("access-control-request-headers", "authorization, content-type")
            answer.headers += [
                ("access-control-allow-methods", allow(methods)),
                ("access-control-allow-headers", asked),
            ]
        return answer

    def _accepts(self, request: Request, operation: Mapping[str, Any]) -> None:
        accept = request.headers.get("accept", "*/*")
        media = made(operation)
        if media and "input.accept-406" not in self.faults and not fits(accept, media):
            raise Refused(406, "this is not made here", accept=media)

    def _surge(self) -> None:
        if "input.rate-spike-arrest" in self.faults:
            return
        now = time.monotonic()
        self._level = max(0.0, self._level - (now - self._poured) * SURGE) + 1
        self._poured = now
        if self._level > SURGE:
            raise Refused(503, "the shop is full", retry_after="1")

    async def _serve_customers(
        self, request: Request, name: str, values: dict[str, Any], value: dict[str, Any], who: Mapping[str, Any]
    ) -> Answer:
        if name in _HATCH:
            return await self._hatch.serve(name, values, value)
        if name in _CUSTOMERS:
            status, found, headers = self._customers.serve(name, values, value, who, request.peer)
        else:
            status, found, headers = self._orders.serve(name, values, value, who, request)
        answer = Answer(status) if found is None else as_json(status, found)
        answer.headers = headers
        return answer

    async def _serve(
        self, request: Request, operation: Mapping[str, Any], values: dict[str, Any], value: Any, who: Mapping[str, Any]
    ) -> Answer:
        name = operation["operationId"]
        if name == "readDocument":
            return as_json(200, document(self.faults))
        if name in _HATCH or name in _CUSTOMERS or name in _ORDERS:
            return await self._serve_customers(request, name, values, value if isinstance(value, dict) else {}, who)
        if operation["operationId"] == "readFile":
            text = pages.LEAFLETS.get(values["name"])
            if text is None:
                raise Refused(404, "no such leaflet")
            return Answer(200, text.encode(), "text/plain; charset=utf-8")
        origin = ""
        if "beyond.host-and-proxy-trust" in self.faults:
            host = request.headers.get("x-forwarded-host", request.headers.get("host", ""))
            origin = f"{request.headers.get('x-forwarded-proto', 'http')}://{host}"
        known = identity_of(who) if who else None
        status, found, headers = self._wares.serve(name, values, value, known, origin)
        if found is None:
            return Answer(status, headers=headers)
        if "input.accept-406" in self.faults and "xml" in request.headers.get("accept", "").partition(",")[0]:
            text = json.dumps(found).replace("&", "&amp;").replace("<", "&lt;")
            return Answer(status, f"<reply>{text}</reply>".encode(), "application/xml", headers)
        answer = as_json(status, found)
        answer.headers = headers
        return answer
