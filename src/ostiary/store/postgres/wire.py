"""Each event loop has connections of its own; a store that one loop left behind serves the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from ostiary.errors import StoreError
from ostiary.store.failed import Failed
from ostiary.store.postgres.session import Session, Target


class Wire:
    """The connections of this process, made by the first call of a loop and anew for another loop."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session: Session | None = None
        self._kept: deque[tuple[str, tuple[Any, ...]]] = deque()

    def session(self) -> Session:
        """The running loop's."""
        session = self._session
        loop = asyncio.get_running_loop()
        if session is None or session.loop is not loop or not session.alive:
            if session is not None:
                session.abandon()
            session = self._session = Session(self._target, loop, self._kept)
        return session

    def ask(
        self, query: str, values: tuple[Any, ...], read: Callable[[Any], Any], *, ordered: bool = False
    ) -> Awaitable[Any]:
        """Call a function; awaiting the answer gives what `read` makes of the row, or raises StoreError.

        :param ordered: behind everything that was posted before.
        """
        session = self.session()
        future = session.loop.create_future()

        def done(row: Any) -> None:
            if future.done():  # its caller is gone
                return
            if isinstance(row, StoreError):
                future.set_exception(row)
            else:
                future.set_result(read(row))

        (session.ordered if ordered else session.free).call(query, values, done)
        if future.done() and (error := future.exception()) is not None:
            return Failed(StoreError(*error.args))
        return future

    async def stop(self) -> None:
        """See `Store.stop`."""
        session, self._session = self._session, None
        if session is not None and session.loop is asyncio.get_running_loop():
            await session.stop()
