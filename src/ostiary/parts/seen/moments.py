"""What checks need of time: to wait, to ask several things at once, and one thing while others are still under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_Held = TypeVar("_Held")
_Beside = TypeVar("_Beside")


async def pause(seconds: float) -> None:
    """Wait so many seconds."""
    await asyncio.sleep(seconds)


async def at_once(asks: Iterable[Awaitable[_Held]]) -> list[_Held]:
    """Await all of them side by side; results in their order. The first that raises ends it."""
    return list(await asyncio.gather(*asks))


async def beside(
    asks: Iterable[Awaitable[_Held]], lead: float, other: Callable[[], Awaitable[_Beside]]
) -> tuple[list[_Held], _Beside]:
    """Begin all of `asks`, and `lead` seconds later the `other`; what it gave comes second.

    When one of them raises, what still runs is ended.
    """
    holding = [asyncio.ensure_future(each) for each in asks]
    try:
        await asyncio.sleep(lead)
        found = await other()
        return list(await asyncio.gather(*holding)), found
    finally:
        for each in holding:
            each.cancel()
