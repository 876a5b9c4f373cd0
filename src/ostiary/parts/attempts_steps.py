"""Several questions to a store are asked one after the other, and nobody waits where the store can answer at once."""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from typing import Any

Steps = Generator[Any, Any, None]
Verdict = Generator[Any, Any, bool]  # the same with an answer, for ``yield from`` in other steps


def walk(steps: Steps) -> Awaitable[None] | None:
    """Run a generator that yields what a store's verbs return, and is sent their answers.

    None: it came to its end; an awaitable: it does so when awaited. What it raises is raised here, or there.
    """
    try:
        asked = next(steps)
        while not isinstance(asked, Awaitable):
            asked = steps.send(asked)
    except StopIteration:
        return None
    return _go_on(steps, asked)


async def _go_on(steps: Steps, asked: Any) -> None:
    try:
        while True:
            asked = steps.send(await asked if isinstance(asked, Awaitable) else asked)
    except StopIteration:
        return
