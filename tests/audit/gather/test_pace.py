"""An audit keeps to the rate it is given, and asks for less where it is felt."""

from __future__ import annotations

import asyncio
import itertools
import time

from ostiary.audit.gather.pace import Pace


async def begun(pace: Pace, number: int, hold: float = 0.0) -> list[float]:
    starts: list[float] = []

    async def one() -> None:
        async with pace.turn():
            starts.append(time.monotonic())
            await asyncio.sleep(hold)

    await asyncio.gather(*(one() for _ in range(number)))
    return starts


def test_requests_begin_no_faster_than_the_rate() -> None:
    starts = asyncio.run(begun(Pace(8, rate=50), 6))
    assert starts[-1] - starts[0] >= 5 / 50 * 0.9
    assert all(later - earlier > 0.01 for earlier, later in itertools.pairwise(starts))


def test_without_a_rate_nobody_waits() -> None:
    starts = asyncio.run(begun(Pace(8), 50))
    assert starts[-1] - starts[0] < 0.5


def test_no_more_than_so_many_are_under_way() -> None:
    pace, seen = Pace(3), []

    async def one() -> None:
        async with pace.turn():
            seen.append(pace._under_way)
            await asyncio.sleep(0.01)

    async def main() -> None:
        await asyncio.gather(*(one() for _ in range(12)))

    asyncio.run(main())
    assert max(seen) == 3
    assert len(seen) == 12


def test_a_target_that_slows_is_asked_less_at_once_until_it_recovers() -> None:
    pace = Pace(8)
    for _ in range(20):
        pace.told(0.02)
    assert pace.allowed == 8
    for _ in range(12):
        pace.told(2.0)
    assert pace.allowed == 1
    for _ in range(60):
        pace.told(0.02)
    assert pace.allowed == 8


def test_a_target_that_is_always_slow_is_not_taken_for_one_that_suffers() -> None:
    """Signing in costs a second of hashing wherever it is done well."""
    pace = Pace(8)
    for _ in range(60):
        pace.told(1.0)
    assert pace.allowed == 8


def test_where_answers_are_counted_it_does_not_slow() -> None:
    pace = Pace(8)
    pace.measures(on=True)
    for _ in range(30):
        pace.told(9.0)
    assert pace.allowed == 8


def test_what_was_slowed_before_does_not_spoil_what_is_measured() -> None:
    """Calls that should be under way at once would stand in line here, and the target look as if it bore them."""
    pace = Pace(8)
    for seconds in [0.02] * 20 + [2.0] * 12:
        pace.told(seconds)
    assert pace.allowed == 1
    pace.measures(on=True)
    assert pace.allowed == 8


def test_whoever_gives_up_waiting_hands_his_turn_on() -> None:
    async def main() -> str:
        pace, said = Pace(1), []

        async def one(name: str, hold: float) -> None:
            async with pace.turn():
                await asyncio.sleep(hold)
                said.append(name)

        first = asyncio.create_task(one("a", 0.05))
        await asyncio.sleep(0.01)
        second, third = asyncio.create_task(one("b", 0)), asyncio.create_task(one("c", 0))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.wait_for(asyncio.gather(first, second, third, return_exceptions=True), 2)
        return "".join(said)

    assert asyncio.run(main()) == "ac"
