"""One connection of a client: requests are read one after the other, and answered in their order."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, cast

from ostiary.errors import Denied
from ostiary.gateway import heads
from ostiary.gateway.flow import Flow
from ostiary.gateway.limits import LINGER, MOST_AHEAD, MOST_LINGER, MOST_REFUSED
from ostiary.gateway.wire import RequestReader
from ostiary.model import Exchange

if TYPE_CHECKING:
    from ostiary.gateway.shared import Core

logger = logging.getLogger("ostiary.gateway")

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Client(asyncio.Protocol):
    """Reads; what happens to a request is its `Flow`'s business."""

    __slots__ = (
        "_core", "_discarding", "_ended", "_facts", "_headers", "_lingering", "_partial", "_paused", "_pumping",
        "_reader", "_rest", "certificate", "closed", "deadline", "flow", "full", "memo", "peer", "transport",
    )  # fmt: skip

    transport: asyncio.Transport
    _facts: heads.Facts
    _headers: list[tuple[bytes, bytes]]

    def __init__(self, core: Core, source: str = "") -> None:
        """Serve a connection.

        :param source: the address of the client, where a load balancer before us has said it; "": the socket's other end.
        """
        self._core = core
        self._reader = RequestReader()
        self._rest = b""  # came, and is not read yet
        self._pumping = False
        self._partial = True  # a new connection's first head is waited for as one that has begun
        self._paused = False
        self._discarding = False  # the rest of a refused request's body is read for nobody
        self._lingering = -1  # bytes thrown away since the last reply; -1: not closing
        self._ended = False  # the client sends no more
        self.flow: Flow | None = None
        self.full = False  # the client takes no more for now
        self.closed = False
        self.deadline = 0.0
        self.peer = source
        self.certificate = b""
        self.memo = heads.Memo()

    # what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        core = self._core
        self.transport = cast("asyncio.Transport", transport)
        peername = transport.get_extra_info("peername")
        if not self.peer and isinstance(peername, tuple):
            self.peer = peername[0]
        secured = transport.get_extra_info("ssl_object")
        if secured is not None:
            self.certificate = secured.getpeercert(binary_form=True) or b""  # verified by the handshake, or none
        core.clients.add(self)
        core.stats.connections += 1
        self.deadline = core.now + core.wire.head_timeout
        over = len(core.clients) - core.wire.connections
        if over > MOST_REFUSED:
            self.abort()
        elif over > 0 or core.shut:
            self._refuse(Denied(503, "the service is busy", {"retry-after": "1"}))

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        flow = self.flow
        if self._lingering >= 0:
            self._lingering += len(data)
            if self._lingering > MOST_LINGER:
                self.abort()
        elif flow is not None and flow.tunnel:
            flow.tunnel_request(data)
        else:
            self._rest = self._rest + data if self._rest else data
            self._pump()

    def eof_received(self) -> bool:
        """The client sends no more; it may still want the reply to what it sent."""
        self._ended = True
        flow = self.flow
        if flow is None:
            self.transport.close()
            return False
        if flow.tunnel or not flow.request_done:
            self.abort()
            return False
        return self._core.scheme == "http"  # TLS has no half-closed state

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The connection is no more."""
        self.closed = True
        self._core.clients.discard(self)
        flow = self.flow
        if flow is not None:
            self.flow = None
            flow.abandon()

    def pause_writing(self) -> None:
        """The client reads more slowly than the upstream sends."""
        self.full = True
        if self.flow is not None and self.flow.upstream is not None:
            self.flow.upstream.hold()

    def resume_writing(self) -> None:
        """It caught up."""
        self.full = False
        if self.flow is None:
            self._pump()
        elif self.flow.upstream is not None:
            self.deadline = self._core.now + self._core.wire.stall_timeout
            self.flow.upstream.release()

    # reading

    def _pump(self) -> None:
        """Read on, as far as what came and the exchange under way allow."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._rest and not self.closed and self._lingering < 0:
                flow = self.flow
                if flow is None:
                    if self.full or not (self._discard() if self._discarding else self._request()):
                        break
                elif flow.tunnel:
                    data, self._rest = self._rest, b""
                    flow.tunnel_request(data)
                elif flow.request_done or not flow.ready:
                    break
                else:
                    self._body(flow)
        except Exception:  # a fault of ours: the connection ends, the process does not
            logger.exception("a request could not be read")
            self.abort()
        finally:
            self._pumping = False
        self._throttle()

    def _throttle(self) -> None:
        """Stop reading while what came has to wait, and go on when it need not."""
        flow = self.flow
        if not self._rest and not self._paused and (flow is None or flow.request_done):
            return
        hold = len(self._rest) > MOST_AHEAD or (flow is not None and not (flow.ready or flow.request_done))
        if hold is not self._paused and not self.closed:
            self._paused = hold
            if hold:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def _request(self) -> bool:
        core = self._core
        data = self._rest
        if data[0] == 13 and data[:2] == b"\r\n":  # noqa: PLR2004 - an empty line before a request, RFC 9112 section 2.2
            self._rest = data = data[2:]
            if not data:
                return False
        reader = self._reader
        method = "GET"
        try:
            line = reader.head(data)
            if line is None:
                if not self._partial:
                    self._partial = True
                    self.deadline = core.now + core.wire.head_timeout
                return False
            self._partial = False
            method, target, minor = line
            if not reader.same:
                self._headers, self._facts = heads.judge(
                    reader.headers, minor, core.underscored if reader.underscores else None
                )
            facts = self._facts
            headers = self._headers
            if reader.remembers:
                headers = headers.copy()
            else:
                self._headers = reader.headers = []
            if target[0] == 47 and b"#" not in target and method not in heads.UNSERVED:  # noqa: PLR2004 - a slash
                path, _, query = target.partition(b"?")
            else:
                path, query = heads.split_target(method, target, core.scheme, headers)
        except Denied as denied:
            self._refuse(denied, method)
            return False
        self._rest = data[reader.taken :] if reader.taken != len(data) else b""
        if facts.length or facts.chunked:
            reader.expect(facts.length, chunked=facts.chunked)
        websocket = facts.websocket and method == "GET"
        exchange = Exchange(method, path, query, headers, peer=self.peer, scheme=core.scheme, websocket=websocket)
        exchange.certificate = self.certificate
        self.flow = flow = Flow(self, core, exchange, facts, minor=minor, done=reader.complete)
        flow.start()
        return True

    def _body(self, flow: Flow) -> None:
        reader = self._reader
        data, self._rest = self._rest, b""
        try:
            rest = reader.body(data)
        except Denied as denied:
            flow.bad_body(denied)
            return
        self._rest = rest
        pieces, reader.pieces = reader.pieces, []
        flow.request_body(pieces, done=reader.complete)

    def _discard(self) -> bool:
        reader = self._reader
        try:
            self._rest = reader.body(self._rest)
        except Denied:
            self._end()
            return False
        reader.pieces = []
        self._discarding = not reader.complete
        return True

    # what the flow calls

    def write(self, data: bytes) -> None:
        """Send."""
        if not self.closed:
            self.transport.write(data)

    def hold(self) -> None:
        """Read no more for now: the upstream is slower."""
        if not self.closed:
            self.transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        if not self.closed and not self._paused:
            self.deadline = self._core.now + self._core.wire.stall_timeout
            self.transport.resume_reading()

    def go_on(self) -> None:
        """The exchange is ready for the body."""
        self._pump()

    def send_continue(self) -> None:
        """Tell a client that waits for it to send the body (RFC 9110 section 10.1.1)."""
        if not self._rest:
            self.write(_CONTINUE)

    def finished(self, *, keep: bool) -> None:
        """The exchange is over; the next one may begin if the connection is kept."""
        self.flow = None
        core = self._core
        if self.closed:
            return
        if not keep or core.draining or (self._ended and not self._rest):
            self._end()
            return
        self._discarding = not self._reader.complete
        self.deadline = core.now + (core.wire.stall_timeout if self._discarding else core.wire.idle_timeout)
        if self._rest or self._paused:
            self._pump()

    def _refuse(self, denied: Denied, method: str = "GET") -> None:
        """Answer what is not a request that could be routed, and end the connection."""
        core = self._core
        exchange = Exchange(method, b"/", b"", [], peer=self.peer, scheme=core.scheme)
        plan = core.compiled.routes.unknown
        exchange.operation = plan.operation
        refusal = plan.refuse(exchange, denied, "beyond.request-smuggling" if denied.status == 400 else "")  # noqa: PLR2004
        core.stats.count(plan, refusal.status, 0.0)
        self.write(heads.render(refusal, method, core.date, close=True, minor=1))
        self._end(unread=True)

    def _end(self, *, unread: bool = False) -> None:
        """Close so that the client gets to read the last reply even if it is still sending."""
        if self.closed or self._lingering >= 0:
            return
        self._rest = b""
        self._lingering = 0
        complete = self._ended or (self._reader.complete and not unread)
        self.deadline = self._core.now + (self._core.wire.stall_timeout if complete else LINGER)
        if complete or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    # what the clock calls

    def expire(self) -> None:
        """The deadline has passed."""
        if self._lingering >= 0 or self._discarding:
            self.abort()
        elif self.flow is not None:
            self.flow.expire()
        elif self._rest:
            self._refuse(Denied(408, "the request took too long"))
        else:
            self.abort()

    def retire(self) -> None:
        """The process is about to end: close when idle; otherwise after the exchange under way."""
        if self.flow is None and self._lingering < 0:
            self._end() if self._discarding else self.transport.close()

    def abort(self) -> None:
        """End the connection now; a reply under way stays visibly incomplete."""
        if not self.closed:
            self.closed = True
            self.transport.abort()
