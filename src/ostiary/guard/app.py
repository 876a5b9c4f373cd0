"""The guard around an ASGI app: outermost, so that the server's own errors carry its headers too."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from ostiary.config import Config
from ostiary.errors import ConfigError, Denied
from ostiary.guard import body as bodies
from ostiary.guard.inside import ask_app
from ostiary.guard.plan import Plan
from ostiary.guard.servers import Message, Receive, Scope, Send, exchange_of, nameless, scope_for
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange, Reply

logger = logging.getLogger("ostiary.guard")

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_INSPECTED = 8 * 1024 * 1024  # bytes of a reply held back for inspection; what is larger is refused, not waved by
_LIMITER = "beyond.payload-limits"
_GONE: Message = {"type": "http.disconnect"}


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
        self._running: Compiled | None = None  # the same, once it is connected to what it needs
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

    async def __call__(  # noqa: C901, PLR0912 - one exchange from start to end; each call saved here is a tenth of the cost
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve one ASGI scope."""
        kind = scope["type"]
        if kind == "websocket":
            await self._websocket(scope, receive, send)
            return
        if kind != "http":
            await (self._lifespan if kind == "lifespan" else self.app)(scope, receive, send)
            return
        compiled = self._running or await self._start()
        exchange = exchange_of(scope, scope["method"], send)
        send = nameless(send)
        plan, refusal = compiled.route(exchange)
        try:
            if refusal is None:
                entered: Any = plan.enter(exchange)
                refusal = entered if entered is None or entered.__class__ is Reply else await entered
            if refusal is not None:
                await _answer(send, exchange, refusal)
                return
            flow = _Flow(plan, exchange, receive, send)
            if plan.checks_body and bodies.wanted(exchange, framed=scope.get("http_version", "1.1") < "2"):
                refusal = await flow.take_body()
                if refusal is not None:
                    await _answer(send, exchange, refusal)
                    return
            if plan.may_inspect and exchange.head(b"accept-encoding") is not None:
                exchange.headers = [pair for pair in exchange.headers if pair[0] != b"accept-encoding"]
            scope = scope_for(exchange, scope, whole=plan.may_inspect)
            try:
                await self.app(scope, flow.receive if flow.touches_body else receive, flow.send)
                if not flow.started and not flow.gone:
                    raise RuntimeError("the application returned without a complete reply")  # noqa: TRY301 - answered below
            except asyncio.CancelledError:
                raise
            except Exception:  # the app's fault; the server would answer without our headers
                if not flow.started:
                    await _answer(send, exchange, plan.crash(exchange))
                elif not flow.answered:
                    raise
        finally:
            exchange.end()

    async def _start(self) -> Compiled:
        compiled = self.compiled
        compiled.site.upstream.ask = functools.partial(ask_app, self.app)
        await compiled.start()
        self._running = compiled
        return compiled

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            compiled = await self._start()
        except ConfigError as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self._running = (
                None  # an application without a lifespan of its own leaves at once, and is served all the same
            )
            await compiled.stop()

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope, "GET", send, websocket=True)
        send = nameless(send)
        plan, refusal = (self._running or await self._start()).route(exchange)
        try:
            if refusal is None:
                entered: Any = plan.enter(exchange)
                refusal = entered if entered is None or entered.__class__ is Reply else await entered
            if refusal is None:
                await self.app(scope_for(exchange, scope), receive, send)
                return
        finally:
            exchange.end()
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

    __slots__ = (
        "_exchange", "_held", "_held_size", "_holding", "_left", "_plan", "_read", "_receive", "_send",
        "answered", "gone", "started",
    )  # fmt: skip

    def __init__(self, plan: Plan, exchange: Exchange, receive: Receive, send: Send) -> None:
        self._plan = plan
        self._exchange = exchange
        self._receive = receive
        self._send = send
        self._read: Message | None = None  # what was read here already, and the app has not been given yet
        limit = plan.body_limit
        self._left = -1 if limit is None else limit  # bytes that may still come; -1: not counted
        self._holding = False  # the reply is read whole before it leaves
        self.started = False  # the reply has
        self.answered = False  # by us: what the app still sends is swallowed
        self.gone = False  # the client has, and the app knows

    @property
    def touches_body(self) -> bool:
        """Whether what the app receives differs from what the server gives, or has to be counted."""
        return self._read is not None or self._left >= 0

    async def take_body(self) -> Reply | None:
        """Read and check the body; the finished reply if it is refused."""
        plan = self._plan
        exchange = self._exchange
        chunks: list[bytes] = []
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return Reply(status=0)
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            if chunk or not more:  # empty frames cost their sender bytes, and must not cost us a list
                chunks.append(chunk)
            if self._left >= 0:
                self._left -= len(chunk)
                if self._left < 0:
                    denied = Denied(413, "the body is too large")
                    if plan.enforces:
                        return plan.refuse(exchange, denied, _LIMITER)
                    plan.note(exchange, denied, _LIMITER)  # passed on unchecked: memory has an end in monitor mode too
                    self._left = -1
                    self._read = {"type": "http.request", "body": b"".join(chunks), "more_body": more}
                    return None
        exchange.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        checked: Any = plan.check_body(exchange)
        refusal: Reply | None = checked if checked is None or checked.__class__ is Reply else await checked
        if refusal is None and plan.enforces:
            bodies.canonical(exchange)
        self._read = {"type": "http.request", "body": exchange.body, "more_body": False}
        return refusal

    async def receive(self) -> Message:
        """What the app receives: the checked body, or the counted stream."""
        if self._read is not None:
            message, self._read = self._read, None
            return message
        if self.answered or self.gone:
            return _GONE
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone = True
        elif self._left >= 0:
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                return await self._stop(message)
        return message

    async def _stop(self, message: Message) -> Message:
        """Too much has come: the client is told why, and the app, whatever it makes of it, sees a client that left."""
        plan = self._plan
        denied = Denied(413, "the body is too large")
        if not plan.enforces:
            plan.note(self._exchange, denied, _LIMITER)
            self._left = -1
            return message
        if not self.started:
            await self._answer(plan.refuse(self._exchange, denied, _LIMITER))
        self._left = 0
        self.gone = True
        return _GONE

    def send(self, message: Message) -> Awaitable[None]:
        """What the app sends: its head passes the reply hooks, its body passes as it comes unless it is inspected."""
        if self.answered:
            return _NOTHING
        if self._holding:
            return self._hold(message) if self._held or message.get("more_body", False) else self._hold_all(message)
        if message["type"] != "http.response.start":
            return self._send(message)
        exchange = self._exchange
        exchange.status = message["status"]
        exchange.reply_headers = [(name.lower(), value) for name, value in message.get("headers", ())]
        plan = self._plan
        if plan.may_inspect and plan.wants_reply_body(exchange) and not bodies.streams(exchange):
            self._holding = True
            self._held: list[bytes] = []
            self._held_size = 0
            return _NOTHING
        refusal = plan.leave(exchange)
        if refusal is not None:
            return self._answer(refusal)
        self.started = True
        return self._send({**message, "headers": exchange.reply_headers})

    def _hold_all(self, message: Message) -> Awaitable[None]:
        """The whole body in one piece, as most replies come."""
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or len(body) > MOST_INSPECTED:
            return self._hold(message)
        exchange = self._exchange
        exchange.reply_body = body
        self._holding = False
        refusal = bodies.inspect(self._plan, exchange)
        if refusal is not None:
            return self._answer(refusal)
        self.started = True
        return _send_both(
            self._send,
            {"type": "http.response.start", "status": exchange.status, "headers": exchange.reply_headers},
            {"type": "http.response.body", "body": exchange.reply_body},
        )

    async def _hold(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            return  # trailers, which a reply that was read whole has no place for
        plan = self._plan
        exchange = self._exchange
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        self._held.append(chunk)
        self._held_size += len(chunk)
        refusal: Reply | None = None
        if self._held_size <= MOST_INSPECTED:
            if more:
                return
            exchange.reply_body = b"".join(self._held)
            refusal = bodies.inspect(plan, exchange)
        else:
            denied = Denied(502, "the reply is too large to inspect")
            if plan.enforces:
                refusal = plan.refuse(exchange, denied)
            else:
                plan.note(exchange, denied)
                plan.leave(exchange)
                exchange.reply_body = b"".join(self._held)
        self._held = []
        self._holding = False
        if refusal is not None:
            await self._answer(refusal)
            return
        self.started = True
        await self._send({"type": "http.response.start", "status": exchange.status, "headers": exchange.reply_headers})
        await self._send({"type": "http.response.body", "body": exchange.reply_body, "more_body": more})

    async def _answer(self, reply: Reply) -> None:
        self.started = self.answered = True
        await _answer(self._send, self._exchange, reply)


class _Nothing:
    """Awaited, it is over at once; unlike a coroutine it can be awaited again."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_NOTHING: Awaitable[Any] = _Nothing()


async def _send_both(send: Send, first: Message, second: Message) -> None:
    await send(first)
    await send(second)


async def _answer(send: Send, exchange: Exchange, reply: Reply) -> None:
    if not reply.status:
        return  # the caller has gone
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": b"" if exchange.method == "HEAD" else reply.body})
