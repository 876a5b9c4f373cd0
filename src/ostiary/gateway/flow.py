"""The way out of an exchange: the upstream's reply through the policy to the client, and every way in which it can end."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied
from ostiary.gateway import heads
from ostiary.gateway.asking import Asking
from ostiary.gateway.limits import MOST_AHEAD, MOST_INSPECTED
from ostiary.guard import body as bodies
from ostiary.model import Reply

if TYPE_CHECKING:
    from ostiary.gateway.upstream import Upstream
    from ostiary.gateway.wire import Pairs, ReplyReader

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110 section 9.2.2
_CRASHED: Final = 500  # uvicorn closes after an application's crash without a word: the next request would be lost
_USUAL: Final = frozenset({b"keep-alive", b"close", b"Keep-Alive", b"Close"})  # values of Connection that name no field


class Flow(Asking):
    """The life of one exchange; lives in a `Client`, borrows an `Upstream`."""

    def borrow(self) -> None:
        """Ask for a connection to the upstream; `attached` or `unreachable` follows."""
        self._core.pool.lend(self, repeatable=self._exchange.method in _REPEATABLE)

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
        names = dict(headers)
        sized = b"content-length" in names
        framing = b"" if b"date" in names else self._core.date
        if exchange.method == "HEAD" or status in {204, 304}:
            headers = _bodyless(status, headers, reader)
        elif reader.complete:
            body = reader.pieces[0] if len(reader.pieces) == 1 else b"".join(reader.pieces)
            if not sized:
                framing += b"content-length: %d\r\n" % len(body)
        elif not sized:
            if self._minor:
                self._chunked = True
                framing += b"transfer-encoding: chunked\r\n"
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
            self._uninspected(upstream)
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

    def _uninspected(self, upstream: Upstream) -> None:
        """Refuse a reply that is too large to hold, or in monitor mode note it and let it pass."""
        plan = self._plan
        denied = Denied(502, "the reply is too large to inspect")
        refusal = plan.refuse(self._exchange, denied) if plan.enforces else None
        if refusal is None:
            plan.note(self._exchange, denied)
            refusal = plan.leave(self._exchange)
        if refusal is not None:
            self.answer(refusal)
            return
        upstream.reader.pieces, self._held = self._held, []
        self._inspecting = False
        self._send_head(upstream)

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
        self._client.write(
            heads.render(refusal, self._exchange.method, self._core.date, close=close, minor=self._minor)
        )
        self._finish(refusal.status, keep=not close)

    def _done(self, upstream: Upstream) -> None:
        reader = upstream.reader
        kept = reader.keep and reader.status != _CRASHED and not reader.excess and not upstream.gone
        if kept and self.request_done and not self._core.draining:
            self.upstream = None
            upstream.give_back()
        else:
            self._part()
        self._finish(self._exchange.status, keep=not self._close)

    def _finish(self, status: int, *, keep: bool) -> None:
        self.over = True
        self._exchange.end()
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
            self._exchange.end()
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
        self._client.write(heads.reply(101, kept, heads.UPGRADE) + rest)
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
        self._exchange.end()
        self._part()
        self._client.finished(keep=False)


def _bodyless(status: int, headers: Pairs, reader: ReplyReader) -> Pairs:
    """The fields of a reply that has no body; what the upstream sends under it all the same is not passed on."""
    if reader.pieces or not reader.complete:  # a status of the policy's making
        reader.pieces = []
        reader.complete = reader.excess = True
    if status != 204:  # noqa: PLR2004 - RFC 9110 section 8.6
        return headers
    return [pair for pair in headers if pair[0] != b"content-length"]
