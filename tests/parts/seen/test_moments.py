from __future__ import annotations

import asyncio
import time

import pytest

from ostiary.parts.seen import moments


def test_what_is_asked_beside_sees_the_others_under_way() -> None:
    running: list[int] = []

    async def slow(number: int) -> int:
        running.append(number)
        await asyncio.sleep(0.1)
        running.remove(number)
        return number

    async def quick() -> list[int]:
        return sorted(running)

    assert asyncio.run(moments.beside([slow(1), slow(2)], 0.02, quick)) == ([1, 2], [1, 2])


def test_what_still_runs_is_ended_when_the_other_fails() -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            ended.append("slow")
            raise

    async def fails() -> None:
        raise ValueError("no")

    async def both() -> None:
        with pytest.raises(ValueError, match="no"):
            await moments.beside([slow()], 0.01, fails)
        await moments.pause(0.01)

    asyncio.run(both())
    assert ended == ["slow"]


def test_all_are_asked_at_once() -> None:
    async def one(number: int) -> int:
        await asyncio.sleep(0.1)
        return number

    async def many() -> list[int]:
        return await moments.at_once(one(each) for each in range(10))

    started = time.monotonic()
    assert asyncio.run(many()) == list(range(10))
    assert time.monotonic() - started < 0.8
