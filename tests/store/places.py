"""A place where state lives, with a watch instead of a clock: `place.run(scenario)` runs it in a loop of its own."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ostiary.store.memory import MemoryStore
from ostiary.store.ports import Store
from ostiary.store.postgres import PostgresStore
from ostiary.store.redis import RedisStore
from ostiary.store.sqlite import SqliteStore

T = TypeVar("T")
_numbers = itertools.count()


class Watch:
    """A clock that moves when told to."""

    def __init__(self, time: float = 1_790_000_000.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


async def told(answer: Any) -> Any:
    """What a verb answers, at once or later."""
    return await answer if inspect.isawaitable(answer) else answer


Scenario = Callable[[Any, Watch], Awaitable[T]]


class Place:
    """Where state lives: stores opened here see the same, until the next test."""

    def __init__(self, kind: str, url: str) -> None:
        self.kind = kind
        self.url = url
        self.watch = Watch()
        self._memory = MemoryStore(clock=self.watch, now=self.watch)

    @property
    def shared(self) -> bool:
        return self.kind != "memory"

    def open(self) -> Store:
        """Another process's view, as far as one process can have it."""
        watch = self.watch
        if self.kind == "redis":
            return RedisStore(self.url, clock=watch, now=watch, time=watch)
        if self.kind == "postgres":
            return PostgresStore(self.url, clock=watch, now=watch, time=watch)
        return SqliteStore(self.url, clock=watch, now=watch) if self.kind == "sqlite" else self._memory

    def run(self, scenario: Scenario[T]) -> T:
        """Open a store, start it, play, stop it."""

        async def play() -> T:
            store = self.open()
            await store.start()
            try:
                return await scenario(store, self.watch)
            finally:
                await store.stop()

        return asyncio.run(play())

    def passes(self, seconds: float) -> None:
        """Time goes by; for short times really, because what Redis forgets by itself goes by its own clock."""
        self.watch.time += seconds
        if self.kind in {"redis", "postgres"} and seconds < 1:
            time.sleep(seconds)


def address(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of an empty place; servers are started when the first test needs them."""
    if kind == "redis":
        return f"{request.getfixturevalue('redis').url}?prefix=t{next(_numbers)}:&timeout=2"
    if kind == "postgres":
        return f"{request.getfixturevalue('postgres').url}?schema=t{next(_numbers)}&timeout=2&connections=2"
    return f"sqlite:///{folder}/state.db?timeout=2" if kind == "sqlite" else "memory"


LIVE = [pytest.param("redis", marks=pytest.mark.live), pytest.param("postgres", marks=pytest.mark.live)]


@pytest.fixture(params=["memory", "sqlite", *LIVE])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every place in its turn, empty."""
    return Place(request.param, address(request.param, request, tmp_path))
