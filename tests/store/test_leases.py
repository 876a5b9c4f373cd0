"""A lease saves round trips and nothing else: no unit more than the shared count admits, none lost, none kept for long."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ostiary.errors import StoreError
from ostiary.store.leases import SHARE, Done, Granted, LeasedCounters
from ostiary.store.ports import Rate, Taken
from store.crowd import told
from store.places import Watch

HOT = Rate(1000, 1.0, 1000)  # a lease lasts 50 ms and holds 50 units at the most
FEW = Rate(10, 60.0, 10)


class Shared:
    """A shared count that answers when told to, and counts how often it is asked."""

    def __init__(self, watch: Watch, *, at_once: bool = True) -> None:
        self.watch = watch
        self.at_once = at_once
        self.due: dict[str, float] = {}
        self.asked = 0
        self.given_back = 0
        self.broken = False
        self.later: list[Callable[[], None]] = []

    def ask(self, key: str, rate: Rate, least: int, most: int, done: Done) -> None:
        self.asked += 1
        if self.broken:
            done(StoreError("it is out of reach"))
            return
        step = rate.per / rate.amount
        room = step * rate.burst
        debt = max(0.0, self.due.get(key, 0.0) - self.watch())
        fits = int((room - debt + 1e-6) / step)
        units = min(most, fits) if fits >= least else 0
        self.due[key] = self.watch() + debt + step * units
        answer = Granted(units, debt + step * least - room if fits < least else 0.0, fits - units)
        answering = functools.partial(done, answer)
        if self.at_once:
            answering()
        else:
            self.later.append(answering)

    def give(self, key: str, rate: Rate, units: int) -> None:
        self.given_back += units
        self.due[key] -= units * rate.per / rate.amount

    def answer(self) -> None:
        later, self.later = self.later, []
        for each in later:
            each()


def played(scenario: Callable[[Watch, Shared, LeasedCounters], Awaitable[None]], **options: Any) -> None:
    async def play() -> None:
        watch = Watch()
        shared = Shared(watch, at_once=options.pop("at_once", True))
        await scenario(watch, shared, LeasedCounters(shared.ask, shared.give, clock=watch, **options))

    asyncio.run(play())


def test_a_hot_key_is_mostly_answered_from_memory() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        for _ in range(2000):
            watch.time += 0.0015
            assert (await told(counters.take("k", HOT))).wait == 0.0
        assert shared.asked < 200

    played(play)


def test_a_key_that_is_asked_for_now_and_then_is_not_leased() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        for _ in range(100):
            watch.time += 1.0
            await told(counters.take("k", HOT))
        assert shared.asked == 100
        assert shared.given_back == 0

    played(play)


def test_a_small_burst_is_never_leased() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        assert [(await told(counters.take("k", FEW))).left for _ in range(10)] == list(range(9, -1, -1))
        assert shared.asked == 10

    played(play)


def test_exact_counters_never_hold_a_unit() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        for number in range(500):
            found = await told(counters.take("k", HOT))
            assert found == (0.0, 999 - number)
        assert shared.asked == 500

    played(play, share=0.0)


def test_a_refusal_is_remembered_until_its_wait_ends() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        await told(counters.take("k", FEW, 10))
        wait = (await told(counters.take("k", FEW))).wait
        asked = shared.asked
        for _ in range(1000):
            found = counters.take("k", FEW)
            assert isinstance(found, Taken)
            assert found.wait == pytest.approx(wait)
        assert shared.asked == asked
        watch.time += wait + 0.001
        assert (await told(counters.take("k", FEW))).wait == 0.0

    played(play)


def test_what_is_too_dear_does_not_refuse_what_is_cheaper() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        await told(counters.take("k", FEW, 5))
        assert (await told(counters.take("k", FEW, 6))).wait > 0
        assert (await told(counters.take("k", FEW, 5))).wait == 0.0
        wait = (await told(counters.take("k", FEW, 1))).wait
        assert (await told(counters.take("k", FEW, 3))).wait == pytest.approx(wait + 12.0)

    played(play)


def test_an_unused_lease_lapses_and_is_given_back() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        for _ in range(40):
            watch.time += 0.001
            await told(counters.take("k", HOT))
        held = sum(lease.units for lease in counters._leases.values())
        assert 0 < held <= SHARE * HOT.burst
        watch.time += 0.06
        asked = shared.asked
        assert (await told(counters.take("k", HOT))).wait == 0.0
        assert shared.asked == asked + 1, "a lease that has lapsed is not used"
        assert shared.given_back == held

    played(play)


def test_a_lease_that_nobody_asks_for_again_is_given_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.store.leases._SWEEP", 0.01)

    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        for _ in range(40):
            watch.time += 0.001
            await told(counters.take("k", HOT))
        held = sum(lease.units for lease in counters._leases.values())
        assert held
        watch.time += 0.06
        await asyncio.sleep(0.05)
        assert shared.given_back == held
        assert not counters._held

    played(play)


def test_two_processes_together_stay_within_five_percent_in_any_stretch_of_time() -> None:
    """Unevenly: one takes all the time, the other now and then in bursts; every stretch of the history is looked at."""

    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        other = LeasedCounters(shared.ask, shared.give, clock=watch)
        given: list[float] = []
        for turn in range(6000):
            watch.time += 0.0005
            for each in (counters, other) if turn % 700 < 90 else (counters,):
                if (await told(each.take("k", HOT))).wait == 0.0:
                    given.append(watch.time)  # noqa: PERF401 - the order of the questions is the point
        for first in range(0, len(given), 50):
            for last in range(first, len(given), 50):
                allowed = HOT.burst + (given[last] - given[first]) * HOT.amount / HOT.per
                assert last - first + 1 <= allowed * (1 + SHARE)
        stretch = given[-1] - given[0]
        assert len(given) >= (HOT.burst + stretch * HOT.amount / HOT.per) * 0.97

    played(play)


def test_callers_of_one_moment_ask_together() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        answers = [counters.take("k", FEW) for _ in range(64)]
        for _ in range(10):
            shared.answer()
        found = [await told(each) for each in answers]
        assert [each.wait for each in found].count(0.0) == 10
        assert shared.asked <= 3

    played(play, at_once=False)


def test_a_caller_that_is_gone_leaves_its_unit_to_others() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        answers: list[Any] = [counters.take("k", FEW, 5) for _ in range(3)]
        answers[0].cancel()
        shared.answer()
        shared.answer()
        assert [(await answers[1]).wait, (await answers[2]).wait] == [0.0, 0.0]

    played(play, at_once=False)


def test_everybody_who_waits_hears_that_the_store_is_down() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        shared.broken = True
        found = await asyncio.gather(*(told(counters.take("k", HOT)) for _ in range(5)), return_exceptions=True)
        assert {type(each) for each in found} == {StoreError}
        assert len({id(each) for each in found}) == 5
        shared.broken = False
        assert (await told(counters.take("k", HOT))).wait == 0.0

    played(play)


def test_leases_are_bounded() -> None:
    async def play(watch: Watch, shared: Shared, counters: LeasedCounters) -> None:
        for number in range(5000):
            await told(counters.take(f"k{number}", HOT))
            assert len(counters._leases) <= 100

    played(play, most_keys=100)
