"""A house to test in: services on a real database, a clock that moves when told to, one loop for the whole test.

``house.run(coroutine)`` runs something in the house's loop; ``house.clock.now += 60`` lets time go by. `house.services`
are complete; `house.visit(...)` is somebody at the door.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ostiary.identity.opening import close_services, open_services
from ostiary.identity.services import Services, Visit
from ostiary.parts.identity_settings import Identity, Passwords
from ostiary.store.memory import MemoryStore

T = TypeVar("T")
CHEAPEST = 4  # bcrypt's own floor: tests are about what happens, not about what it costs
ISSUER = "https://accounts.example.test"


class Clock:
    """Seconds since the epoch; it moves when told to."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class House:
    """Services, and the loop that they live in."""

    def __init__(self, runner: asyncio.Runner, services: Services, clock: Clock, store: MemoryStore) -> None:
        self.runner = runner
        self.services = services
        self.clock = clock
        self.store = store

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do something in the house's loop."""
        return self.runner.run(doing)

    def visit(self, source: str = "192.0.2.1", **more: str) -> Visit:
        """Somebody at the door."""
        return Visit(source=source, **more)


def settings_in(folder: Path, database: str = "", **changes: Any) -> Identity:
    """Settings of a house in that folder."""
    given: dict[str, Any] = {
        "issuer": ISSUER,
        "database": database or f"sqlite:///{folder}/identity.db",
        "keys": str(folder / "keys"),
        "audience": ("https://api.example.test",),
        "captcha": False,
        "unproven": True,  # most tests are not about mails; those of signing in try what holds without it
        "passwords": Passwords(cost=CHEAPEST, workers=1),
    }
    return Identity(**(given | changes))


@contextmanager
def house_in(
    folder: Path,
    database: str = "",
    *,
    clock: Clock | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    profile: str = "production",
    **changes: Any,
) -> Iterator[House]:
    """A house in a folder, torn down at the end.

    :param changes: of the settings.
    """
    clock = clock or Clock()
    settings = settings_in(folder, database, **changes)
    store = MemoryStore(clock=clock, now=clock)
    with asyncio.Runner() as runner:
        services = runner.run(
            open_services(settings, profile=profile, store=store, now=clock, entropy=entropy, cheapest=CHEAPEST)
        )
        try:
            yield House(runner, services, clock, store)
        finally:
            runner.run(close_services(services))
