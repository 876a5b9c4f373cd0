"""The guard around an ASGI app: outermost, so that the server's own errors carry its headers too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from ostiary.config import Config
from ostiary.errors import ConfigError, Denied
from ostiary.guard import body as bodies
from ostiary.guard.plan import Plan
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange, Reply

logger = logging.getLogger("ostiary.guard")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

MOST_INSPECTED = 8 * 1024 * 1024  # bytes of a reply held back for inspection; what is larger is refused, not waved by


class _TooLarge(Exception):  # noqa: N818 - control flow between receive and __call__, never seen outside
    pass


class Guard:
    """Wrap an ASGI app: HTTP and WebSocket requests pass the policy, lifespan passes through.

    :param app: any ASGI 3 application.
    :param config: the policy; defaults to every built control with its defaults.
    :param api: the document, read; a FastAPI app brings its own when neither this nor ``config.api`` is given.
    :raises ConfigError: when the policy cannot work. A FastAPI app's document is taken at start-up (the lifespan, or
        the first request where the server runs none), because routes may still be added after this call.
    """

    def __init__(self, app: AsgiApp, config: Config | None = None, *, api: Api | None = None) -> None:
        self.app = app
        self.config = config or Config()
        self._compiled: Compiled | None = None
        if api is None and self.config.api is not None:
            from ostiary.parts.openapi import read  # noqa: PLC0415 - YAML and friends only where a file is read

            api = read(self.config.api)
        self._api = api
        if api is not None or not hasattr(app, "openapi"):
            self._compiled = Compiled(self.config, api)

    @property
    def compiled(self) -> Compiled:
        """The compiled policy; compiles it now if that has not happened yet."""
        if self._compiled is None:
            from ostiary.parts.openapi import from_plain  # noqa: PLC0415 - as above

            self._compiled = Compiled(self.config, from_plain(self.app.openapi(), source="the app"))  # type: ignore[attr-defined]  # FastAPI's
        return self._compiled

    async def __call__(  # noqa: C901 - one exchange from start to end; each call saved here is a tenth of the cost
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        """Serve one ASGI scope."""
        kind = scope["type"]
        if kind == "websocket":
            await self._websocket(scope, receive, send)
            return
        if kind != "http":
            await (self._lifespan if kind == "lifespan" else self.app)(scope, receive, send)
            return
        hide_server(send)
        exchange = _exchange(scope, scope["method"])
        plan, refusal = (self._compiled or self.compiled).route(exchange)
        if refusal is None:
            refusal = await plan.enter_remote(exchange) if plan.remote else plan.enter(exchange)
        if refusal is not None:
            await _answer(send, exchange, refusal)
            return
        flow = _Flow(plan, exchange, receive, send)
        if plan.checks_body and bodies.wanted(exchange):
            refusal = await flow.take_body()
            if refusal is not None:
                await _answer(send, exchange, refusal)
                return
        if plan.may_inspect:
            exchange.headers = [pair for pair in exchange.headers if pair[0] != b"accept-encoding"]
        if exchange.headers is not scope["headers"] or exchange.scheme != scope.get("scheme"):
            scope = {**scope, "headers": exchange.headers, "scheme": exchange.scheme}
        try:
            await self.app(scope, flow.receive if flow.touches_body else receive, flow.send)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the app's fault; the server would answer without our headers
            if flow.started:
                raise
            await _answer(send, exchange, flow.failed(error))

    async def _lifespan(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            _ = self.compiled
        except ConfigError as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await self.app(scope, receive, send)

    async def _websocket(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        exchange = _exchange(scope, "GET", websocket=True)
        plan, refusal = (self._compiled or self.compiled).route(exchange)
        if refusal is None:
            refusal = await plan.enter_remote(exchange) if plan.remote else plan.enter(exchange)
        if refusal is None:
            scope = {**scope, "headers": exchange.headers}
            await self.app(scope, receive, send)
            return
        await receive()  # websocket.connect
        if "websocket.http.response" in scope.get("extensions", {}):
            start = {"type": "websocket.http.response.start", "status": refusal.status, "headers": refusal.headers}
            await send(start)
            await send({"type": "websocket.http.response.body", "body": refusal.body})
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})  # servers answer 403 before accept


class _Flow:
    """One HTTP exchange between server and app.

    `send` is a plain function that returns what the app awaits: a reply that only passes costs no coroutine of ours.
    """

    __slots__ = ("_body_pending", "_exchange", "_held", "_holding", "_left", "_plan", "_receive", "_send", "started")

    def __init__(self, plan: Plan, exchange: Exchange, receive: Receive, send: Send) -> None:
        self._plan = plan
        self._exchange = exchange
        self._receive = receive
        self._send = send
        self._body_pending = False  # the whole body is in the exchange and the app has not been given it yet
        limit = plan.body_limit
        self._left = -1 if limit is None else limit  # bytes that may still come; -1: not counted
        self._holding = False
        self.started = False

    @property
    def touches_body(self) -> bool:
        """Whether what the app receives differs from what the server gives, or has to be counted."""
        return self._body_pending or self._left >= 0

    def failed(self, error: Exception) -> Reply:
        """The finished reply for what escaped the app before it answered."""
        if isinstance(error, _TooLarge):
            return self._plan.refuse(self._exchange, Denied(413, "the body is too large"), "beyond.payload-limits")
        return self._plan.crash(self._exchange)

    async def take_body(self) -> Reply | None:
        """Read and check the body; the finished reply if it is refused."""
        plan = self._plan
        exchange = self._exchange
        limit = plan.body_limit
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return Reply(status=0)
            chunk = message.get("body", b"")
            size += len(chunk)
            if limit is not None and size > limit:
                return plan.refuse(exchange, Denied(413, "the body is too large"), "beyond.payload-limits")
            chunks.append(chunk)
            if not message.get("more_body", False):
                break
        exchange.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._body_pending = True
        refusal = await plan.check_body_remote(exchange) if plan.remote else plan.check_body(exchange)
        if refusal is None and plan.enforces:
            bodies.canonical(exchange)
        return refusal

    async def receive(self) -> Message:
        """What the app receives: the checked body, or the counted stream."""
        if self._body_pending:
            self._body_pending = False
            return {"type": "http.request", "body": self._exchange.body, "more_body": False}
        message = await self._receive()
        if self._left >= 0 and message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _TooLarge
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """What the app sends: its head passes the reply hooks, its body passes as it comes unless it is inspected."""
        if self._holding:
            return self._hold(message)
        if message["type"] != "http.response.start":
            return self._send(message)
        exchange = self._exchange
        exchange.status = message["status"]
        exchange.reply_headers = list(message.get("headers", ()))
        plan = self._plan
        if plan.may_inspect and plan.wants_reply_body(exchange) and not bodies.streams(exchange):
            self._holding = True
            self._held: list[bytes] = []
            return _nothing()
        refusal = plan.leave(exchange)
        self.started = True
        if refusal is not None:
            self._holding = True  # what the app sends from here on is swallowed
            return _answer(self._send, exchange, refusal)
        return self._send({**message, "headers": exchange.reply_headers})

    async def _hold(self, message: Message) -> None:
        if self.started or message["type"] != "http.response.body":
            return  # refused already; or trailers, which a reply that was read whole has no place for
        self._held.append(message.get("body", b""))
        plan = self._plan
        exchange = self._exchange
        refusal: Reply | None = None
        if sum(map(len, self._held)) > MOST_INSPECTED:
            refusal = plan.refuse(exchange, Denied(502, "the reply is too large to inspect"))
        elif message.get("more_body", False):
            return
        else:
            exchange.reply_body = b"".join(self._held)
            refusal = bodies.inspect(plan, exchange)
        self._held = []
        self.started = True
        if refusal is not None:
            await _answer(self._send, exchange, refusal)
            return
        await self._send({"type": "http.response.start", "status": exchange.status, "headers": exchange.reply_headers})
        await self._send({"type": "http.response.body", "body": exchange.reply_body})


async def _nothing() -> None:
    pass


def _exchange(scope: MutableMapping[str, Any], method: str, *, websocket: bool = False) -> Exchange:
    raw_path = scope.get("raw_path")
    if raw_path is None:  # optional in ASGI; then the server decoded it, and an encoded slash is lost to us
        raw_path = quote(scope["path"], safe="/!$&'()*+,;=:@-._~").encode()
    client = scope.get("client")
    scheme = scope.get("scheme", "http")
    return Exchange(
        method,
        raw_path,
        scope.get("query_string", b""),
        scope["headers"] if isinstance(scope["headers"], list) else list(scope["headers"]),
        peer=client[0] if client else "",
        scheme={"ws": "http", "wss": "https"}.get(scheme, scheme) if websocket else scheme,
        websocket=websocket,
    )


async def _answer(send: Send, exchange: Exchange, reply: Reply) -> None:
    if not reply.status:
        return  # the caller has gone
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": b"" if exchange.method == "HEAD" else reply.body})


def hide_server(send: Send) -> None:
    """Stop uvicorn from adding its own Server and so naming itself; it does that after the app, out of its reach."""
    cycle = getattr(send, "__self__", None)
    headers = getattr(cycle, "default_headers", None)
    if headers and any(name == b"server" for name, _ in headers):
        cycle.default_headers = [pair for pair in headers if pair[0] != b"server"]  # type: ignore[union-attr]  # not None: it has headers
