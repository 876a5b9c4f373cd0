"""State in this process is bounded, whatever clients send, and its allowances keep the laws of a rate limit."""

from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from ostiary.store.keys import LONGEST, bounded, decoded, encoded, searched
from ostiary.store.memory import MemoryCounters, MemoryOnce, MemoryQuotas
from ostiary.store.memory_replies import MemoryReplies
from ostiary.store.memory_strikes import MemoryStrikes
from ostiary.store.ports import Attempt, Begun, Count, Ladder, Rate
from store.places import Watch

TEN = Rate(amount=10, per=10.0, burst=10)
LADDER = Ladder(tries=1, window=60.0, terms=(10.0,), forget=1000.0)
RATES = st.builds(Rate, st.integers(1, 10_000), st.floats(0.5, 86_400), st.integers(1, 500))
STEPS = st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5)), min_size=1, max_size=60)


@given(RATES, STEPS)
def test_never_more_than_a_burst_and_the_rate_in_any_stretch_of_time(
    rate: Rate, steps: list[tuple[float, int]]
) -> None:
    watch = Watch()
    counters = MemoryCounters(clock=watch)
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
        assert amount <= rate.burst + (stretch + 1e-4) * rate.amount / rate.per + 1e-3


@given(RATES, st.integers(1, 50))
def test_waiting_as_told_is_enough(rate: Rate, cost: int) -> None:
    watch = Watch()
    counters = MemoryCounters(clock=watch)
    cost = min(cost, rate.burst)
    for _ in range(5):
        while (wait := counters.take("k", rate, cost).wait) == 0.0:
            if rate.burst / cost > 60:
                return
        watch.time += math.ceil(wait)
        assert counters.take("k", rate, cost).wait == 0.0


@given(RATES)
def test_what_is_told_to_be_left_can_be_taken(rate: Rate) -> None:
    counters = MemoryCounters(clock=Watch())
    left = counters.take("k", rate).left
    if left:
        assert counters.take("k", rate, left).wait == 0.0
    assert counters.take("k", rate).wait > 0


TEXTS = st.text(max_size=40) | st.builds(
    lambda text, times: text * times, st.text(min_size=1, max_size=9), st.integers(1, 99)
)


@given(TEXTS, TEXTS)
def test_keys_stay_apart_and_are_short_everywhere(one: str, other: str) -> None:
    assert (bounded(one) == bounded(other)) is (one == other)
    assert (encoded(one) == encoded(other)) is (one == other)
    assert len(encoded(one)) <= LONGEST + 4
    if len(one.encode("utf-8", "surrogatepass")) <= LONGEST:
        assert decoded(encoded(one)) == one
    assert len(bounded(one)) <= LONGEST + 5
    assert encoded(one).startswith(searched(decoded(encoded(one))))


def test_a_long_key_keeps_its_beginning() -> None:
    assert encoded("account:" + "x" * 1000).startswith(b"account:xxx")
    assert encoded("account:" + "é" * 1000).decode()  # no half characters


def test_counters_are_bounded_and_debtors_are_kept_longest() -> None:
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


def test_counters_are_bounded_even_if_everybody_owes() -> None:
    counters = MemoryCounters(clock=Watch(), most_keys=100)
    for number in range(5000):
        counters.take(f"k{number}", TEN, 10)
        assert len(counters._whole_at) <= 100
    assert counters.take("k4999", TEN).wait > 0


def test_a_long_key_takes_no_more_room_than_a_short_one() -> None:
    counters = MemoryCounters(clock=Watch())
    counters.take("x" * 100_000, TEN, 10)
    assert max(map(len, counters._whole_at)) < 200
    assert counters.take("x" * 100_000, TEN).wait > 0
    assert counters.take("x" * 99_999, TEN).wait == 0.0


def test_full_quotas_refuse_new_keys_and_serve_old_ones() -> None:
    watch = Watch()
    quotas = MemoryQuotas(now=watch, most_keys=100)
    until = watch.time + 60
    assert [quotas.spend(f"k{number}", 5, until).wait for number in range(100)] == [0.0] * 100
    assert quotas.spend("new", 5, until).wait > 0
    assert quotas.spend("k7", 5, until).wait == 0.0
    watch.time += 61
    assert quotas.spend("new", 5, watch.time + 60).wait == 0.0


def test_a_full_map_is_not_searched_for_each_refusal() -> None:
    watch = Watch()
    quotas, once = MemoryQuotas(now=watch, most_keys=10), MemoryOnce(clock=watch, most_keys=10)
    for number in range(10):
        quotas.spend(f"k{number}", 5, watch.time + 60)
        once.first(f"k{number}", 60.0)
    assert quotas.spend("new", 5, watch.time + 60).wait > 0
    assert once.first("new", 60.0) is False
    spent, used = quotas._spent, once._used
    quotas.spend("newer", 5, watch.time + 60)
    once.first("newer", 60.0)
    assert quotas._spent is spent
    assert once._used is used


def test_a_full_once_says_no_until_there_is_room() -> None:
    watch = Watch()
    once = MemoryOnce(clock=watch, most_keys=100)
    assert all(once.first(f"k{number}", 60.0) for number in range(100))
    assert once.first("new", 60.0) is False
    watch.time += 61
    assert once.first("new", 60.0) is True


def test_who_is_in_jail_is_not_pushed_out_by_who_is_free() -> None:
    strikes = MemoryStrikes(now=Watch(), most_keys=100)
    for number in range(20):
        prisoner = Attempt((Count(f"bad{number}", LADDER),))
        strikes.attempt(prisoner)
        strikes.settle(prisoner, good=False)
    for number in range(5000):
        strikes.attempt(Attempt((Count(f"k{number}", LADDER),)))
        assert len(strikes._records) <= 100
    assert len(strikes.prisoners()) == 20
    assert strikes.attempt(Attempt((Count("k4999", LADDER),))) == 1.0  # and the latest are still known


def test_strikes_are_bounded_even_if_everybody_is_in_jail() -> None:
    strikes = MemoryStrikes(now=Watch(), most_keys=100)
    for number in range(1000):
        prisoner = Attempt((Count(f"bad{number}", LADDER),))
        strikes.attempt(prisoner)
        strikes.settle(prisoner, good=False)
        assert len(strikes._records) <= 100
    assert strikes.attempt(Attempt((Count("bad999", LADDER),))) > 1


def test_vouchers_are_bounded() -> None:
    strikes = MemoryStrikes(now=Watch(), most_keys=100)
    for number in range(1000):
        known = Attempt((Count("a", LADDER),), f"g{number}", 60.0)
        strikes.attempt(known)
        strikes.settle(known, good=True)
    assert len(strikes._good) <= 100


def test_replies_are_bounded_in_number_and_bytes_and_what_runs_is_not_pushed_out() -> None:
    replies = MemoryReplies(clock=Watch(), most_keys=100, most_bytes=100_000)
    assert replies.begin("running", "f", 60.0, 60.0) == Begun("new")
    for number in range(1000):
        assert replies.begin(f"k{number}", "f", 60.0, 60.0) == Begun("new")
        replies.finish(f"k{number}", "f", b"x" * 900, 60.0)
        assert len(replies._done) + len(replies._claims) <= 101
        assert replies._bytes == sum(len(done.reply) for done in replies._done.values()) <= 100_000
    assert replies.begin("running", "f", 60.0, 60.0) == Begun("busy")
    assert replies.begin("k999", "f", 60.0, 60.0).state == "done"


def test_replies_full_of_claims_refuse_until_they_lapse() -> None:
    watch = Watch()
    replies = MemoryReplies(clock=watch, most_keys=10)
    for number in range(10):
        assert replies.begin(f"k{number}", "f", 60.0, 5.0).state == "new"
    assert replies.begin("new", "f", 60.0, 5.0) == Begun("busy")
    watch.time += 6
    assert replies.begin("new", "f", 60.0, 5.0) == Begun("new")


def test_a_reply_that_is_too_large_is_not_kept() -> None:
    watch = Watch()
    replies = MemoryReplies(clock=watch, most_bytes=100_000)
    replies.begin("k", "f", 60.0, 5.0)
    replies.finish("k", "f", b"x" * 50_000, 60.0)
    assert replies.begin("k", "f", 60.0, 5.0) == Begun("busy")
    watch.time += 6
    assert replies.begin("k", "f", 60.0, 5.0) == Begun("new")
