"""One contract for every place where state lives: an allowance is never taken twice, never lost, never unbounded."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.store.memory import MemoryCounters
from ostiary.store.ports import Rate

Clock = Callable[[], float]
Make = Callable[[Clock], MemoryCounters]


class Watch:
    """A clock that moves when told to."""

    def __init__(self, time: float = 1_000_000.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


def memory(clock: Clock) -> MemoryCounters:
    return MemoryCounters(clock=clock)


@pytest.fixture(params=[memory])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


TEN = Rate(amount=10, per=10.0, burst=10)


def test_a_whole_burst_then_a_wait_that_is_right(make: Make) -> None:
    watch = Watch()
    counters = make(watch)
    assert [counters.take("k", TEN) for _ in range(10)] == [(0.0, left) for left in range(9, -1, -1)]
    wait, left = counters.take("k", TEN)
    assert (round(wait, 6), left) == (1.0, 0)
    watch.time += wait - 0.01
    assert counters.take("k", TEN).wait > 0
    watch.time += 0.02
    assert counters.take("k", TEN).wait == 0.0


def test_a_refusal_takes_nothing(make: Make) -> None:
    watch = Watch()
    counters = make(watch)
    for _ in range(10):
        counters.take("k", TEN)
    waits = [counters.take("k", TEN).wait for _ in range(100)]
    assert max(waits) == min(waits)


def test_a_cost_is_taken_whole_or_not_at_all(make: Make) -> None:
    counters = make(Watch())
    assert counters.take("k", TEN, 8) == (0.0, 2)
    assert counters.take("k", TEN, 3).wait == pytest.approx(1.0)
    assert counters.take("k", TEN, 2) == (0.0, 0)
    assert counters.take("other", TEN, 11).wait > 0


def test_looking_costs_nothing(make: Make) -> None:
    counters = make(Watch())
    counters.take("k", TEN, 4)
    assert counters.take("k", TEN, 0) == counters.take("k", TEN, 0) == (0.0, 6)


def test_keys_do_not_share(make: Make) -> None:
    counters = make(Watch())
    counters.take("a", TEN, 10)
    assert counters.take("b", TEN).wait == 0.0
    assert counters.take("a", TEN).wait > 0


def test_an_idle_key_has_no_more_than_a_burst(make: Make) -> None:
    watch = Watch()
    counters = make(watch)
    counters.take("k", TEN, 10)
    watch.time += 1e6
    assert counters.take("k", TEN, 11).wait > 0
    assert counters.take("k", TEN, 10).wait == 0.0


RATES = st.builds(Rate, st.integers(1, 10_000), st.floats(0.5, 86_400), st.integers(1, 500))
STEPS = st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5)), min_size=1, max_size=60)


@given(RATES, STEPS)
def test_never_more_than_a_burst_and_the_rate_in_any_stretch_of_time(
    rate: Rate, steps: list[tuple[float, int]]
) -> None:
    watch = Watch()
    counters = memory(watch)
    taken: list[tuple[float, int]] = []
    for pause, cost in steps:
        watch.time += pause
        wait, left = counters.take("k", rate, cost)
        assert wait >= 0
        assert 0 <= left <= rate.burst
        if wait == 0.0:
            taken.append((watch.time, cost))
    for first, last in itertools.combinations_with_replacement(range(len(taken)), 2):
        amount = sum(cost for _, cost in taken[first : last + 1])
        stretch = taken[last][0] - taken[first][0]
        assert amount <= rate.burst + stretch * rate.amount / rate.per + 1e-3


@given(RATES, st.integers(1, 50))
def test_waiting_as_told_is_enough(rate: Rate, cost: int) -> None:
    watch = Watch()
    counters = memory(watch)
    cost = min(cost, rate.burst)
    for _ in range(5):
        while (wait := counters.take("k", rate, cost).wait) == 0.0:
            if rate.burst / cost > 60:
                return
        watch.time += math.ceil(wait)
        assert counters.take("k", rate, cost).wait == 0.0


@given(RATES)
def test_what_is_told_to_be_left_can_be_taken(rate: Rate) -> None:
    counters = memory(Watch())
    left = counters.take("k", rate).left
    if left:
        assert counters.take("k", rate, left).wait == 0.0
    assert counters.take("k", rate).wait > 0


def test_many_tasks_take_no_more_than_there_is(make: Make) -> None:
    counters = make(Watch())

    async def one() -> bool:
        await asyncio.sleep(0)
        return counters.take("k", TEN).wait == 0.0

    async def all_at_once() -> int:
        return sum(await asyncio.gather(*(one() for _ in range(200))))

    assert asyncio.run(all_at_once()) == 10


def test_memory_is_bounded_and_debtors_are_kept_longest() -> None:
    watch = Watch()
    counters = MemoryCounters(clock=watch, most_keys=100)
    for number in range(80):
        counters.take(f"idle{number}", TEN)
    watch.time += 5  # they are whole again
    counters.take("debtor", TEN, 10)
    for number in range(50):
        counters.take(f"new{number}", TEN)
        assert len(counters._whole_at) <= 100
    assert counters.take("debtor", TEN).wait > 0


def test_memory_is_bounded_even_if_everybody_owes() -> None:
    counters = MemoryCounters(clock=Watch(), most_keys=100)
    for number in range(5000):
        counters.take(f"k{number}", TEN, 10)
        assert len(counters._whole_at) <= 100
    assert counters.take("k4999", TEN).wait > 0
