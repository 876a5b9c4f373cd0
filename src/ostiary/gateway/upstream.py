"""One connection to the upstream: strict about what comes back, silent about it to strangers."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any, Final, cast

from ostiary.gateway.wire import BadReplyError, ReplyReader

if TYPE_CHECKING:
    from ostiary.gateway.flow import Flow
    from ostiary.gateway.pool import Pool
    from ostiary.gateway.shared import Core

_BYTES_ACKED: Final = 120  # offset of tcpi_bytes_acked in Linux's struct tcp_info


class Upstream(asyncio.Protocol):
    """Belongs to a `Pool`, or for one exchange to a `Flow`."""

    __slots__ = (
        "_acked", "_core", "_pool", "flow", "gone", "heard", "lent", "paused", "reader", "transport", "tunnel",
        "used", "wrote",
    )  # fmt: skip

    def __init__(self, core: Core, pool: Pool) -> None:
        self._core = core
        self._pool = pool
        self.transport: asyncio.Transport | None = None
        self.reader = ReplyReader()
        self.flow: Flow | None = None
        self.lent = 0  # exchanges so far
        self.heard = False  # a byte of this exchange's reply has come
        self.gone = False
        self.paused = False  # it takes no more for now
        self.tunnel = False
        self.used = core.now
        self.wrote = 0  # bytes, in all
        self._acked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def begin(self, flow: Flow, *, headless: bool) -> None:
        """Serve this exchange from now on."""
        self.flow = flow
        self.lent += 1
        self.heard = False
        self._acked = self.wrote
        self.reader.begin(headless=headless)

    def write(self, data: bytes) -> None:
        """Send."""
        if self.transport is not None and not self.gone:
            self.wrote += len(data)
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Read what came and hand it to the exchange."""
        flow = self.flow
        if flow is None:  # nobody asked
            self.close()
            return
        self.heard = True
        if self.tunnel:
            flow.tunnel_reply(data)
            return
        try:
            self.reader.feed(data)
        except BadReplyError:
            flow.broken("malformed")
            return
        if self.reader.status:
            flow.reply_came()

    def eof_received(self) -> bool:
        """The upstream sends no more."""
        self.gone = True
        flow = self.flow
        if flow is not None:
            self._ended(flow)
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The connection is no more."""
        self.gone = True
        flow = self.flow
        if flow is not None:
            self._ended(flow)
        self._pool.lost(self)

    def _ended(self, flow: Flow) -> None:
        reader = self.reader
        if self.tunnel:
            flow.tunnel_over()
        elif reader.status and reader.until_close and not reader.complete:
            reader.complete = True
            flow.reply_came()
        else:
            flow.broken("closed")

    def unread(self) -> bool:
        """Whether the upstream's kernel never took a byte of this exchange's request: then it cannot have acted on it.

        True only when TCP says so: whoever closed an idle connection before our request arrived has not acknowledged
        it. Linux counts the SYN among the acknowledged bytes.
        """
        if self.transport is None or self._pool.origin.tls is not None:
            return False
        sock: Any = self.transport.get_extra_info("socket")
        try:
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED + 8)
        except (OSError, AttributeError, ValueError):
            return False
        if len(info) < _BYTES_ACKED + 8:
            return False
        (acked,) = struct.unpack_from("=Q", info, _BYTES_ACKED)
        return int(acked) <= self._acked + 1

    def pause_writing(self) -> None:
        """The upstream reads more slowly than the client sends."""
        self.paused = True
        if self.flow is not None:
            self.flow.hold_client()

    def resume_writing(self) -> None:
        """It caught up."""
        self.paused = False
        if self.flow is not None:
            self.flow.release_client()

    def hold(self) -> None:
        """Read no more for now: the client is slower."""
        if self.transport is not None and not self.gone:
            self.transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        if self.transport is not None and not self.gone:
            self.transport.resume_reading()

    def give_back(self) -> None:
        """The exchange is over and the connection is as good as new."""
        self.flow = None
        self._pool.take_back(self)

    def close(self) -> None:
        """End the connection; its exchange, if any, has been told already."""
        self.flow = None
        self.gone = True
        if self.transport is not None:
            self.transport.abort()
