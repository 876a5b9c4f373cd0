from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import pytest

from ostiary.parts import resolving
from ostiary.parts.resolving import Resolver, Unresolved


class Names:
    """A resolver of a test's own: counts what it is asked."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def resolver(ask: Names, now: list[float] | None = None) -> Resolver:
    times = now or [0.0]
    return Resolver(lambda: times[0], patience=0.05, ask=ask)


def test_every_answer_is_given_and_remembered_for_a_while() -> None:
    ask = Names(["8.8.8.8", "::1"], ["9.9.9.9"])
    now = [0.0]
    found = resolver(ask, now)
    assert found.known("a.example") is None
    assert list(map(str, asyncio.run(found.resolve("a.example")))) == ["8.8.8.8", "::1"]
    assert found.known("a.example") is not None
    asyncio.run(found.resolve("a.example"))
    assert ask.asked == ["a.example"]
    now[0] = resolving.KEPT + 1
    assert list(map(str, asyncio.run(found.resolve("a.example")))) == ["9.9.9.9"]


def test_a_name_without_addresses_is_unresolved() -> None:
    for answer in (
        [],
        socket.gaierror(-2, "unknown"),
        UnicodeError("label too long"),
        ["8.8.8.8", "not an address"],
        ["1.1.1.1"] * 65,
    ):
        with pytest.raises(Unresolved):
            asyncio.run(resolver(Names(answer)).resolve("a.example"))


def test_a_slow_answer_is_none_and_not_remembered() -> None:
    async def slow(_: str) -> list[str]:
        await asyncio.sleep(5)
        return ["8.8.8.8"]

    found = Resolver(lambda: 0.0, patience=0.01, ask=slow)
    with pytest.raises(Unresolved):
        asyncio.run(found.resolve("a.example"))
    assert found.known("a.example") is None


def test_questions_under_way_are_bounded() -> None:
    async def never(_: str) -> list[str]:
        await asyncio.sleep(5)
        return []

    async def many() -> list[BaseException | object]:
        found = Resolver(lambda: 0.0, patience=0.2, ask=never)
        asked = [found.resolve(f"{at}.example") for at in range(resolving.MOST_AT_ONCE + 5)]
        done, pending = await asyncio.wait([asyncio.ensure_future(each) for each in asked], timeout=0.1)
        refused = [each.exception() for each in done]
        await asyncio.wait(pending)
        for each in pending:
            each.exception()
        return list(refused)

    assert len(asyncio.run(many())) == 5


def test_memory_is_bounded() -> None:
    async def fill() -> Resolver:
        found = resolver(Names(["8.8.8.8"]))
        for at in range(resolving.MOST_NAMES + 10):
            await found.resolve(f"{at}.example")
        return found

    assert len(asyncio.run(fill())._known) <= resolving.MOST_NAMES


def test_the_systems_resolver_is_asked_when_no_other_is_given() -> None:
    found = asyncio.run(Resolver(lambda: 0.0, patience=5).resolve("localhost"))
    assert {str(each) for each in found} <= {"127.0.0.1", "::1"}


def test_slow_names_hold_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs a name server that never answers would otherwise fill the pool that everybody's lookups share."""
    over = threading.Event()
    real = socket.getaddrinfo
    asked = []

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        if str(host).endswith(".slow.example"):
            asked.append(host)
            over.wait(10)
            raise socket.gaierror(-2, "unknown")
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    async def run() -> None:
        found = Resolver(time.monotonic, patience=0.05)
        loop = asyncio.get_running_loop()

        async def one(number: int) -> None:
            with pytest.raises(Unresolved):
                await found.resolve(f"n{number}.slow.example")

        try:
            await asyncio.gather(*(one(number) for number in range(20)))
            await asyncio.gather(*(one(number) for number in range(20, 60)))
            async with asyncio.timeout(2):
                assert await loop.getaddrinfo("127.0.0.1", 80)
                assert await loop.run_in_executor(None, lambda: "free") == "free"
            assert len(asked) == resolving.MOST_AT_ONCE, "who is still being asked counts, also when nobody waits"
        finally:
            over.set()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not found.asking:
                break
        assert list(map(str, await found.resolve("127.0.0.1"))) == ["127.0.0.1"]

    asyncio.run(run())
