"""The way in of an exchange: its plan, its body if the plan wants it, and a connection to the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from ostiary.errors import Denied
from ostiary.gateway import heads
from ostiary.gateway.limits import LEAST_RATE, MOST_REPLAY
from ostiary.guard import body as bodies
from ostiary.guard.plan import Plan
from ostiary.model import Exchange, Reply

if TYPE_CHECKING:
    from ostiary.gateway.client import Client
    from ostiary.gateway.heads import Facts
    from ostiary.gateway.shared import Core
    from ostiary.gateway.upstream import Upstream

_ENCODING: Final = frozenset({b"accept-encoding"})
_TOO_LARGE: Final = "the body is too large"
_tasks: set[asyncio.Task[None]] = set()


class Asking:
    """The request's half of a `Flow`."""

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
    _early = b""  # what had been held of a body that is passed on unchecked
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
            answer: Any = plan.enter(exchange)
            if answer is not None and answer.__class__ is not Reply:
                self._later(self._wait_to_enter(answer))
                return
            refusal = answer
        if refusal is not None:
            self._close = self._close or refusal.status == 400  # noqa: PLR2004 - an unreadable head: read no more of this sender
            self.answer(refusal)
        else:
            self._entered()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _wait_to_enter(self, answer: Awaitable[Reply | None]) -> None:
        refusal = await answer
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
            self._left = limit
            if self._facts.length > limit and self._too_large():
                return
        if self._left < 0 and limit is not None and not self.request_done:
            self._forward()  # too large to check, and only noted
        elif not plan.checks_body or not bodies.wanted(exchange):
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
            if self._left < 0 and self._too_large():
                return
        core = self._core
        if not self._replied:
            self._client.deadline = core.now + (core.wire.reply_timeout if done else core.wire.stall_timeout)
        if self._holding and self._left < 0 and self._plan.body_limit is not None:
            self._let_go(pieces, done=done)
        elif self._holding:
            self._hold(pieces, done=done)
        elif self.upstream is not None:
            self._stream(pieces, self.upstream, done=done)

    def _too_large(self) -> bool:
        """Refuse the body, or in monitor mode note it and count no further; whether the exchange is over."""
        self._left = -1
        denied = Denied(413, _TOO_LARGE)
        if self._plan.enforces:
            self.bad_body(denied, "beyond.payload-limits")
            return True
        self._plan.note(self._exchange, denied, "beyond.payload-limits")
        return False

    def _let_go(self, pieces: list[bytes], *, done: bool) -> None:
        """Pass on unchecked what turned out too large to hold: memory has an end in monitor mode too."""
        self._holding = self.ready = False
        self._early = self._framed([*self._held, *pieces], done=done)
        self._held = []
        self._replay = None
        self._forward()

    def _framed(self, pieces: list[bytes], *, done: bool) -> bytes:
        if self._facts.chunked:
            pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece]
            if done:
                pieces.append(b"0\r\n\r\n")
        return b"".join(pieces)

    def _hold(self, pieces: list[bytes], *, done: bool) -> None:
        self._held += pieces
        if done:
            self._exchange.body = pieces[0] if len(self._held) == 1 else b"".join(self._held)
            self._held = []
            self._check()
        elif perf_counter() - self._began > self._core.wire.stall_timeout + self._size / LEAST_RATE:
            self.bad_body(Denied(408, "the body took too long"))

    def _stream(self, pieces: list[bytes], upstream: Upstream, *, done: bool) -> None:
        data = self._framed(pieces, done=done)
        if isinstance(self._replay, list):
            self._replay.append(data)
            if self._size > MOST_REPLAY:
                self._replay = None
        upstream.write(data)

    def _check(self) -> None:
        answer: Any = self._plan.check_body(self._exchange)
        if answer is not None:
            if answer.__class__ is Reply:
                self.answer(answer)
            else:
                self.ready = False
                self._later(self._wait_for_check(answer))
            return
        self._checked()

    async def _wait_for_check(self, answer: Awaitable[Reply | None]) -> None:
        refusal = await answer
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
            framing = heads.UPGRADE
        elif not facts.has_body:
            framing = b""
        elif exchange.body or not facts.chunked:
            framing = b"content-length: %d\r\n" % (len(exchange.body) if self._holding else facts.length)
        elif self._holding:
            framing = b"content-length: 0\r\n"
        else:
            framing = b"transfer-encoding: chunked\r\n"
        head = self._client.memo.request(exchange, drops, framing, core.pool.origin.authority)
        body = exchange.body or self._early
        self._sent = head + body if body else head
        self._client.deadline = core.now + core.wire.reply_timeout
        self.borrow()

    def borrow(self) -> None:
        """Ask for a connection to the upstream; `attached` or `unreachable` follows."""
        raise NotImplementedError

    def answer(self, refusal: Reply) -> None:
        """Send a reply of ours, finished, and end the exchange."""
        raise NotImplementedError

    def abandon(self) -> None:
        """The client is gone."""
        raise NotImplementedError

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
