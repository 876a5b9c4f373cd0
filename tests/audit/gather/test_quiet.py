"""Many together or one alone."""

from __future__ import annotations

import asyncio

from ostiary.audit.gather.quiet import Quiet


def test_nothing_else_is_under_way_while_one_is_alone() -> None:
    async def run() -> None:
        quiet, under_way, seen = Quiet(), 0, []

        async def send(*, alone: bool) -> None:
            nonlocal under_way
            async with quiet.alone() if alone else quiet.together():
                under_way += 1
                await asyncio.sleep(0.002)
                seen.append((alone, under_way))
                under_way -= 1

        async with asyncio.timeout(10):
            await asyncio.gather(*(send(alone=at % 7 == 3) for at in range(60)))
        assert all(count == 1 for alone, count in seen if alone)
        assert max(count for alone, count in seen if not alone) > 1

    asyncio.run(run())


def test_who_wants_to_be_alone_is_not_kept_waiting_by_newcomers() -> None:
    async def run() -> None:
        quiet, order = Quiet(), []

        async def together(name: str) -> None:
            async with quiet.together():
                await asyncio.sleep(0.01)
                order.append(name)

        async def alone() -> None:
            async with quiet.alone():
                order.append("alone")

        async with asyncio.timeout(10):
            first = asyncio.create_task(together("first"))
            await asyncio.sleep(0.001)
            one = asyncio.create_task(alone())
            await asyncio.sleep(0.001)
            late = asyncio.create_task(together("late"))
            await asyncio.gather(first, one, late)
        assert order == ["first", "alone", "late"]

    asyncio.run(run())


def test_one_that_is_stopped_while_it_waits_holds_nobody_up() -> None:
    async def run() -> None:
        quiet = Quiet()

        async def alone() -> None:
            async with quiet.alone():
                pass

        async with asyncio.timeout(10):
            async with quiet.together():
                waiting = asyncio.create_task(alone())
                await asyncio.sleep(0.001)
                waiting.cancel()
                await asyncio.wait({waiting})
                async with quiet.together():
                    pass
            await alone()

    asyncio.run(run())
