"""What a control asks of the upstream itself goes through the same pool as everything, bounded in time and in size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from ostiary.errors import Denied, StoreError
from ostiary.gateway import heads
from ostiary.gateway.wire import HOP
from ostiary.model import Asked, Exchange

if TYPE_CHECKING:
    from ostiary.gateway.flow import Flow
    from ostiary.gateway.shared import Core
    from ostiary.gateway.upstream import Upstream

MOST: Final = 1024 * 1024  # bytes of a reply
PATIENCE: Final = 10.0  # seconds for one, or the wire's reply-timeout where that is shorter
_DROPPED: Final = HOP | {b"content-length", b"expect"}
_CRASHED: Final = 500  # as for any exchange: the connection is not lent again


async def ask(
    core: Core,
    method: str,
    target: bytes,
    headers: list[tuple[bytes, bytes]],
    *,
    client: str = "",
    scheme: str = "http",
) -> Asked:
    """Send a request without a body to the upstream; see `Ask`.

    :raises StoreError: when it cannot be reached, does not answer in time, or says more than `MOST` bytes.
    """
    path, _, query = target.partition(b"?")
    exchange = Exchange(method, path, query, list(headers), peer=client, scheme=scheme)
    head = heads.Memo().request(exchange, _DROPPED, b"", core.pool.origin.authority)
    asking = _Asking(core, head, headless=method == "HEAD")
    try:
        async with asyncio.timeout(min(PATIENCE, core.wire.reply_timeout)):
            core.pool.lend(cast("Flow", asking))
            return await asking.answer
    except TimeoutError as error:
        raise StoreError("the application did not answer in time") from error
    finally:
        asking.end()


class _Asking:
    """To pool and upstream it is a `Flow` whose client takes everything at once."""

    __slots__ = ("_core", "_head", "_headless", "_pieces", "_retried", "_size", "_upstream", "answer", "over")

    def __init__(self, core: Core, head: bytes, *, headless: bool) -> None:
        self._core = core
        self._head = head
        self._headless = headless
        self._pieces: list[bytes] = []
        self._size = 0
        self._retried = False
        self._upstream: Upstream | None = None
        self.answer: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
        self.over = False

    def attached(self, upstream: Upstream) -> None:
        """There is a connection: send."""
        self._upstream = upstream
        upstream.begin(cast("Flow", self), headless=self._headless)
        upstream.write(self._head)

    def unreachable(self, denied: Denied) -> None:
        """There is no connection to be had."""
        self._fail(denied.reason)

    def reply_came(self) -> None:
        """The reply has begun, gone on or ended."""
        upstream = self._upstream
        if upstream is None or self.over:
            return
        reader = upstream.reader
        self._pieces += reader.pieces
        self._size += sum(map(len, reader.pieces))
        reader.pieces = []
        if reader.status == 101:  # noqa: PLR2004 - nobody asked for a switch
            self._fail("the application's reply is malformed")
        elif self._size > MOST:
            self._fail("the application's reply is too large")
        elif reader.complete:
            answer = (reader.status, reader.headers, b"".join(self._pieces))
            if (
                reader.keep
                and reader.status != _CRASHED
                and not reader.excess
                and not upstream.gone
                and not self._core.draining
            ):
                self._upstream = None
                upstream.give_back()
            if not self.answer.done():
                self.answer.set_result(answer)
            self.end()

    def broken(self, why: str) -> None:
        """The connection ended before the reply did, or the reply cannot be read."""
        upstream = self._upstream
        if upstream is None or self.over:
            return
        self._upstream = None
        upstream.flow = None
        upstream.close()
        if (
            why == "closed" and not self._retried and not upstream.heard and upstream.lent > 1
        ):  # it had aged in the pool
            self._retried = True
            self._core.pool.lend(cast("Flow", self), fresh=True)
            return
        self._fail("the application did not give a proper reply")

    def _fail(self, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(StoreError(reason))
        self.end()

    def end(self) -> None:
        """Whatever happened, it is over; a connection in the midst of a reply is of no use to anybody."""
        self.over = True
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.flow = None
            upstream.close()
        if self.answer.done() and not self.answer.cancelled():
            self.answer.exception()  # somebody has seen it

    def tunnel_reply(self, data: bytes) -> None:
        """Never: nothing is switched."""

    def tunnel_over(self) -> None:
        """Never, as above."""

    def hold_client(self) -> None:
        """There is no client to be held: the head is written whole."""

    def release_client(self) -> None:
        """As above."""
