"""Many may send at once, or one alone, so that the time of its reply is the target's and not ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Quiet:
    """A lock with two sides; whoever wants to be alone goes first, so that it is not kept waiting for ever."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._together = 0
        self._alone = False
        self._wanted = 0  # how many wait to be alone

    @contextlib.asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Send beside others."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone and not self._wanted)
            self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            await self._tell()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Send while nobody else does."""
        self._wanted += 1
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: not self._alone and not self._together)
                self._alone = True
        finally:
            self._wanted -= 1
            if not self._alone:
                await self._tell()
        try:
            yield
        finally:
            self._alone = False
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
