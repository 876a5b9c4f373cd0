"""One exchange on its way: policy, upstream, policy, client; and every way in which it can end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied
from ostiary.gateway import heads
from ostiary.gateway.limits import LEAST_RATE, MOST_AHEAD, MOST_INSPECTED, MOST_REPLAY
from ostiary.guard import body as bodies
from ostiary.guard.plan import Plan
from ostiary.model import Exchange, Reply

if TYPE_CHECKING:
    from ostiary.gateway.client import Client
    from ostiary.gateway.core import Core
    from ostiary.gateway.heads import Facts
    from ostiary.gateway.upstream import Upstream

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110 section 9.2.2
_ENCODING: Final = frozenset({b"accept-encoding"})
_UPGRADE: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"
_USUAL: Final = frozenset({b"keep-alive", b"close", b"Keep-Alive", b"Close"})  # values of Connection that name no field
_TOO_LARGE: Final = "the body is too large"
_tasks: set[asyncio.Task[None]] = set()


class Flow:
    """The life of one exchange; lives in a `Client`, borrows an `Upstream`."""

    # Defaults stand on the class: most exchanges set few of them.
    request_done = True  # the request has come whole
    ready = False  # the body may come now
    over = False
    tunnel = False
    upstream: Upstream | None = None
    _chunked = False  # the reply goes out in chunks
    _holding = False  # the request's body is kept until it has been checked
    _inspecting = False  # the reply is kept until it has been checked
    _held: list[bytes]  # pieces of what is kept
    _size = 0  # bytes of body that came
    _left = -1  # bytes of body that may still come; -1: not counted
    _replied = False  # the reply's head is out
    _retried = False
    _sent = b""  # the request as sent, for a second try
    _replay: list[bytes] | tuple[()] | None = ()  # pieces of a streamed body, for the same; None: too many
    _plan: Plan

    def __init__(self, client: Client, core: Core, exchange: Exchange, facts: Facts, *, minor: int, done: bool) -> None:
        self._client = client
        self._core = core
        self._exchange = exchange
        self._facts = facts
        self._minor = minor
        self._close = facts.close
        self._began = perf_counter()
        if not done:
            self.request_done = False
            self._held = []
            self._replay = []

    # the request

    def start(self) -> None:
        """Find the plan and run its head hooks."""
        exchange = self._exchange
        compiled = self._core.compiled
        if exchange.raw_path == b"*":  # OPTIONS *: about the server, so about nothing that the document names
            exchange.path = "*"
            plan = compiled.routes.unknown
            exchange.operation = plan.operation
            refusal = None
        else:
            plan, refusal = compiled.route(exchange)
        self._plan = plan
        if refusal is None:
            if plan.remote:
                self._later(self._enter_remote())
                return
            refusal = plan.enter(exchange)
        if refusal is not None:
            self._close = self._close or refusal.status == 400  # noqa: PLR2004 - an unreadable head: read no more of this sender
            self.answer(refusal)
        else:
            self._entered()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _enter_remote(self) -> None:
        refusal = await self._plan.enter_remote(self._exchange)
        if self.over:
            return
        if refusal is not None:
            self.answer(refusal)
        else:
            self._entered()
            self._client.go_on()

    def _entered(self) -> None:
        plan = self._plan
        exchange = self._exchange
        limit = plan.body_limit
        if limit is not None and not self.request_done:
            if self._facts.length > limit:
                self.answer(plan.refuse(exchange, Denied(413, _TOO_LARGE), "beyond.payload-limits"))
                return
            self._left = limit
        if not plan.checks_body or not bodies.wanted(exchange):
            self._forward()
        elif self.request_done:
            self._check()
        else:
            self._holding = self.ready = True
            self._client.deadline = self._core.now + self._core.wire.stall_timeout
            if self._facts.expects:
                self._client.send_continue()

    def request_body(self, pieces: list[bytes], *, done: bool) -> None:
        """Take pieces of the body; `done` with the last ones."""
        self.request_done = done
        size = sum(map(len, pieces))
        self._size += size
        if self._left >= 0:
            self._left -= size
            if self._left < 0:
                self.bad_body(Denied(413, _TOO_LARGE), "beyond.payload-limits")
                return
        core = self._core
        if not self._replied:
            self._client.deadline = core.now + (core.wire.reply_timeout if done else core.wire.stall_timeout)
        if self._holding:
            self._hold(pieces, done=done)
        elif self.upstream is not None:
            self._stream(pieces, self.upstream, done=done)

    def _hold(self, pieces: list[bytes], *, done: bool) -> None:
        self._held += pieces
        if done:
            self._exchange.body = pieces[0] if len(self._held) == 1 else b"".join(self._held)
            self._held = []
            self._check()
        elif perf_counter() - self._began > self._core.wire.stall_timeout + self._size / LEAST_RATE:
            self.bad_body(Denied(408, "the body took too long"))

    def _stream(self, pieces: list[bytes], upstream: Upstream, *, done: bool) -> None:
        if self._facts.chunked:
            pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece]
            if done:
                pieces.append(b"0\r\n\r\n")
        data = b"".join(pieces)
        if isinstance(self._replay, list):
            self._replay.append(data)
            if self._size > MOST_REPLAY:
                self._replay = None
        upstream.write(data)

    def _check(self) -> None:
        plan = self._plan
        if plan.remote:
            self.ready = False
            self._later(self._check_remote())
            return
        refusal = plan.check_body(self._exchange)
        if refusal is not None:
            self.answer(refusal)
            return
        self._checked()

    async def _check_remote(self) -> None:
        refusal = await self._plan.check_body_remote(self._exchange)
        if self.over:
            return
        if refusal is not None:
            self.answer(refusal)
        else:
            self._checked()

    def _checked(self) -> None:
        if self._plan.enforces:
            bodies.canonical(self._exchange)
        self._forward()

    def _forward(self) -> None:
        facts = self._facts
        exchange = self._exchange
        core = self._core
        drops = facts.drops
        if self._plan.may_inspect:
            drops = drops | _ENCODING if drops else _ENCODING
        if exchange.websocket:
            framing = _UPGRADE
        elif not facts.has_body:
            framing = b""
        elif exchange.body or not facts.chunked:
            framing = b"content-length: %d\r\n" % (len(exchange.body) if self._holding else facts.length)
        elif self._holding:
            framing = b"content-length: 0\r\n"
        else:
            framing = b"transfer-encoding: chunked\r\n"
        head = heads.request(exchange, drops, framing, core.pool.origin.authority)
        self._sent = head + exchange.body if exchange.body else head
        self._client.deadline = core.now + core.wire.reply_timeout
        core.pool.lend(self, repeatable=exchange.method in _REPEATABLE)

    def attached(self, upstream: Upstream) -> None:
        """There is a connection: send."""
        self.upstream = upstream
        upstream.begin(self, headless=self._exchange.method == "HEAD")
        upstream.write(self._sent)
        if self._retried and self._replay:
            upstream.write(b"".join(self._replay))
        if self._client.full:
            upstream.hold()
        if not self.ready:
            self.ready = True
            if not self.request_done:
                self._client.deadline = self._core.now + self._core.wire.stall_timeout
                if self._facts.expects:
                    self._client.send_continue()
                self._client.go_on()

    def unreachable(self, denied: Denied) -> None:
        """There is no connection to be had."""
        self.answer(self._plan.refuse(self._exchange, denied))

    def bad_body(self, denied: Denied, control: str = "") -> None:
        """The request's body is broken, too large or too slow: what is left of it cannot be read."""
        if self._replied or self.over:
            self._client.abort()
            self.abandon()
            return
        self._close = True
        self.answer(self._plan.refuse(self._exchange, denied, control))

    # the reply

    def reply_came(self) -> None:
        """The upstream's reply has begun, gone on or ended."""
        upstream = self.upstream
        if upstream is None or self.over:
            return
        reader = upstream.reader
        if self._inspecting:
            self._inspect(upstream)
            return
        if self._replied:
            self._pass_on(upstream)
            return
        exchange = self._exchange
        exchange.status = reader.status
        headers = reader.headers
        if reader.own:
            connection = reader.own.get(b"connection", b"close")
            if connection not in _USUAL:
                headers = heads.without_named(headers, connection)
        exchange.reply_headers = headers
        if reader.status == 101:  # noqa: PLR2004 - Switching Protocols
            self._switch(upstream)
            return
        plan = self._plan
        if plan.may_inspect and plan.wants_reply_body(exchange) and not bodies.streams(exchange):
            self._inspect(upstream)
            return
        refusal = plan.leave(exchange)
        if refusal is not None:
            self.answer(refusal)
            return
        self._send_head(upstream)

    def _send_head(self, upstream: Upstream) -> None:
        exchange = self._exchange
        reader = upstream.reader
        status = exchange.status
        headers = exchange.reply_headers
        self._replied = True
        self._close = self._close or self._core.draining or not self.request_done
        body = b""
        sized = b"content-length" in dict(headers)
        framing = b""
        if exchange.method == "HEAD" or status in {204, 304}:
            if sized and status == 204:  # noqa: PLR2004 - RFC 9110 section 8.6
                headers = [pair for pair in headers if pair[0] != b"content-length"]
        elif reader.complete:
            body = reader.pieces[0] if len(reader.pieces) == 1 else b"".join(reader.pieces)
            if not sized:
                framing = b"content-length: %d\r\n" % len(body)
        elif not sized:
            if self._minor:
                self._chunked = True
                framing = b"transfer-encoding: chunked\r\n"
            else:
                self._close = True
        if self._close:
            framing += b"connection: close\r\n"
        elif not self._minor:
            framing += b"connection: keep-alive\r\n"
        head = heads.reply(status, headers, framing)
        if reader.complete:
            self._client.write(head + body if body else head)
            self._done(upstream)
            return
        self._client.write(head)
        self._pass_on(upstream)

    def _pass_on(self, upstream: Upstream) -> None:
        reader = upstream.reader
        pieces, reader.pieces = reader.pieces, []
        if self._chunked:
            pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece]
            if reader.complete:
                pieces.append(b"0\r\n\r\n")
        if pieces:
            self._client.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        wire = self._core.wire
        streams = self._exchange.reply_headers and bodies.streams(self._exchange)
        self._client.deadline = self._core.now + (wire.idle_timeout if streams else wire.stall_timeout)
        if reader.complete:
            self._done(upstream)

    def _inspect(self, upstream: Upstream) -> None:
        reader = upstream.reader
        exchange = self._exchange
        if not self._inspecting:
            self._inspecting = True
            self._held = []
            self._size = 0
        if not reader.complete or self._held:
            self._held += reader.pieces
            self._size += sum(map(len, reader.pieces))
            reader.pieces = []
        if self._size > MOST_INSPECTED:
            self.answer(self._plan.refuse(exchange, Denied(502, "the reply is too large to inspect")))
        elif reader.complete:
            pieces = self._held or reader.pieces
            exchange.reply_body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self._held = []
            refusal = bodies.inspect(self._plan, exchange)
            if refusal is not None:
                self.answer(refusal)
                return
            reader.pieces = [exchange.reply_body]
            self._inspecting = False
            self._send_head(upstream)
        else:
            self._client.deadline = self._core.now + self._core.wire.stall_timeout

    def broken(self, why: str) -> None:
        """The upstream's connection ended before its reply did, or its reply cannot be read."""
        upstream = self.upstream
        if upstream is None or self.over:
            return
        if self._replied:
            self._core.stats.upstream_errors[why] += 1
            self._client.abort()  # the client must see that it did not get everything
            self.abandon()
            return
        if (
            why == "closed"
            and not self._retried
            and not upstream.heard
            and upstream.lent > 1
            and self._replay is not None
        ):
            repeatable = self._exchange.method in _REPEATABLE
            if repeatable or upstream.unread():
                self._retried = True
                self.upstream = None
                upstream.close()
                self._core.pool.lend(self, fresh=True)
                return
        self._core.stats.upstream_errors[why] += 1
        self.answer(self._plan.refuse(self._exchange, Denied(502, "the service did not give a proper reply")))

    def _replayable(self) -> bool:
        return self._replay is not None

    # the end

    def answer(self, refusal: Reply) -> None:
        """Send a reply of ours, finished, and end the exchange."""
        if self.over:
            return
        facts = self._facts
        unread = not self.request_done and (facts.chunked or facts.expects or facts.length > MOST_AHEAD)
        close = self._close or self._core.draining or unread
        self._part()
        from ostiary.gateway.client import render  # noqa: PLC0415

        self._client.write(render(refusal, self._exchange.method, close=close, minor=self._minor))
        self._finish(refusal.status, keep=not close)

    def _done(self, upstream: Upstream) -> None:
        reader = upstream.reader
        if self.request_done and reader.keep and not reader.excess and not upstream.gone and not self._core.draining:
            self.upstream = None
            upstream.give_back()
        else:
            self._part()
        self._finish(self._exchange.status, keep=not self._close)

    def _finish(self, status: int, *, keep: bool) -> None:
        self.over = True
        self._core.stats.count(self._plan, status, perf_counter() - self._began)
        self._client.finished(keep=keep)

    def _part(self) -> None:
        upstream = self.upstream
        if upstream is not None:
            self.upstream = None
            upstream.close()

    def abandon(self) -> None:
        """The client is gone."""
        if not self.over:
            self.over = True
            self._part()

    def expire(self) -> None:
        """Somebody took too long: say whose turn it was."""
        if self._replied or self.tunnel:
            self._client.abort()
            self.abandon()
        elif not self.request_done and (self.ready or self.upstream is not None):
            self.bad_body(Denied(408, "the body took too long"))
        elif self.upstream is None:
            self.unreachable(Denied(503, "the service is busy", {"retry-after": "1"}))
        else:
            self._core.stats.upstream_errors["timeout"] += 1
            self.answer(self._plan.refuse(self._exchange, Denied(504, "the service took too long")))

    # backpressure and tunnels

    def hold_client(self) -> None:
        """The upstream is slower than the client."""
        self._client.hold()

    def release_client(self) -> None:
        """The upstream caught up."""
        self._client.release()

    def _switch(self, upstream: Upstream) -> None:
        exchange = self._exchange
        rest = upstream.reader.upgraded
        if not exchange.websocket or rest is None:
            self.broken("malformed")
            return
        kept = [
            pair for pair in exchange.reply_headers if pair[0][:14] == b"sec-websocket-" or pair[0] == b"set-cookie"
        ]
        self._replied = self.tunnel = upstream.tunnel = True
        self._core.stats.count(self._plan, 101, perf_counter() - self._began)
        self._client.write(heads.reply(101, kept, _UPGRADE) + rest)
        self._client.go_on()

    def tunnel_request(self, data: bytes) -> None:
        """Pass on what the client sent after the switch."""
        self._client.deadline = self._core.now + self._core.wire.idle_timeout
        if self.upstream is not None:
            self.upstream.write(data)

    def tunnel_reply(self, data: bytes) -> None:
        """Pass on what the upstream sent after the switch."""
        self._client.deadline = self._core.now + self._core.wire.idle_timeout
        self._client.write(data)

    def tunnel_over(self) -> None:
        """The upstream has ended the tunnel."""
        self.over = True
        self._part()
        self._client.finished(keep=False)
