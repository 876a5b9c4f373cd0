"""One contract for every place where state lives: nothing is allowed twice, nothing is lost, nobody is let in by chance."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
from typing import Any

import pytest

from ostiary.errors import StoreError
from ostiary.store.ports import Attempt, Ban, Begun, Count, Ladder, Rate, Store, Taken
from store.places import Place, Watch, told

TEN = Rate(amount=10, per=10.0, burst=10)
LADDER = Ladder(tries=3, window=60.0, terms=(10.0, 100.0), forget=1000.0)
ODD = ["a\x00b", "\udc80", "é" * 70, "x" * 5000, "x" * 4999 + "y", "", "50%_'\"; --"]  # what clients may make keys of


def account(name: str = "account:ann", *, spares: bool = False) -> Count:
    return Count(name, LADDER, clears=True, spares=spares)


def guess(*counts: Count, good: str = "") -> Attempt:
    return Attempt(counts or (account(),), good, 3600.0 if good else 0.0)


@pytest.fixture(params=["counters", "exact"])
def which(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


# --- counters


def test_a_whole_burst_then_a_wait_that_is_right(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        assert [await told(counters.take("k", TEN)) for _ in range(10)] == [(0.0, left) for left in range(9, -1, -1)]
        wait, left = await told(counters.take("k", TEN))
        assert wait == pytest.approx(1.0, abs=1e-4)
        assert left == 0
        watch.time += wait - 0.01
        assert (await told(counters.take("k", TEN))).wait > 0
        watch.time += 0.02
        assert (await told(counters.take("k", TEN))).wait == 0.0

    place.run(play)


def test_a_refusal_takes_nothing(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        await told(counters.take("k", TEN, 10))
        waits = [(await told(counters.take("k", TEN))).wait for _ in range(50)]
        assert max(waits) == pytest.approx(min(waits), abs=1e-4)
        watch.time += 1.001
        assert (await told(counters.take("k", TEN))).wait == 0.0

    place.run(play)


def test_a_cost_is_taken_whole_or_not_at_all(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        assert await told(counters.take("k", TEN, 8)) == (0.0, 2)
        wait, left = await told(counters.take("k", TEN, 3))
        assert wait == pytest.approx(1.0, abs=1e-4)
        assert left == 2
        assert await told(counters.take("k", TEN, 2)) == (0.0, 0)
        assert (await told(counters.take("other", TEN, 11))).wait > 0
        assert await told(counters.take("other", TEN, 10)) == (0.0, 0)

    place.run(play)


def test_looking_costs_nothing(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        await told(counters.take("k", TEN, 4))
        assert await told(counters.take("k", TEN, 0)) == (0.0, 6)
        assert await told(counters.take("k", TEN, 0)) == (0.0, 6)

    place.run(play)


def test_keys_do_not_share(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        for key in ODD:
            assert await told(counters.take(key, TEN, 10)) == (0.0, 0), key
            assert (await told(counters.take(key, TEN))).wait > 0, key

    place.run(play)


def test_an_idle_key_has_no_more_than_a_burst(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        await told(counters.take("k", TEN, 10))
        watch.time += 1e6
        assert (await told(counters.take("k", TEN, 11))).wait > 0
        assert (await told(counters.take("k", TEN, 10))).wait == 0.0

    place.run(play)


def test_a_rate_that_was_slower_locks_nobody_out_for_longer_than_a_burst_takes(place: Place) -> None:
    """So does a host's clock that was ahead, and is set back."""

    async def play(store: Any, watch: Watch) -> None:
        await told(store.exact.take("k", Rate(10, 86_400.0, 10), 10))
        wait = (await told(store.exact.take("k", TEN))).wait
        assert wait == pytest.approx(1.0, abs=1e-3)
        watch.time += 1.01
        assert (await told(store.exact.take("k", TEN))).wait == 0.0

    place.run(play)


@pytest.mark.parametrize(
    "rate", [Rate(1, 86_400.0, 1), Rate(7, 3.0, 5), Rate(100_000, 1.0, 50_000), Rate(10, 60.0, 40)]
)
def test_waiting_as_told_is_enough(place: Place, which: str, rate: Rate) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        taken = 0
        began = watch.time
        for _ in range(300):
            found = await told(counters.take("k", rate))
            if found.wait:
                watch.time += found.wait * 1.001 + 1e-5
                found = await told(counters.take("k", rate))
                assert found.wait == 0.0
            taken += 1
        assert taken <= (rate.burst + (watch.time - began) * rate.amount / rate.per) * 1.05 + 1

    place.run(play)


def test_many_tasks_take_no_more_than_there_is(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> int:
        counters = getattr(store, which)

        async def one() -> bool:
            await asyncio.sleep(0)
            found = await told(counters.take("k", TEN))
            return bool(found.wait == 0.0)

        return sum(await asyncio.gather(*(one() for _ in range(64))))

    assert place.run(play) == 10


def test_a_caller_that_goes_away_takes_nobody_with_it(place: Place, which: str) -> None:
    async def play(store: Any, watch: Watch) -> None:
        counters = getattr(store, which)
        tasks = [asyncio.create_task(told(counters.take("k", TEN))) for _ in range(8)]
        await asyncio.sleep(0)
        for task in tasks[:4]:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [each.wait for each in found[4:] if isinstance(each, Taken)] == [0.0] * 4

    place.run(play)


# --- quotas


def test_a_quota_is_spent_to_the_last_unit_and_no_further(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        until = watch.time + 3600
        assert await told(store.quotas.spend("k", 10, until, 4)) == (0.0, 6)
        wait, left = await told(store.quotas.spend("k", 10, until, 7))
        assert wait == pytest.approx(3600.0, abs=0.01)
        assert left == 6
        assert await told(store.quotas.spend("k", 10, until, 6)) == (0.0, 0)
        assert (await told(store.quotas.spend("k", 10, until))).wait > 0
        assert (await told(store.quotas.spend("k", 10, until, 0))).wait == 0.0
        assert (await told(store.quotas.spend("new", 10, until, 11))) == (pytest.approx(3600, abs=0.01), 10)

    place.run(play)


def test_another_window_begins_anew_and_the_last_one_is_not_reopened(place: Place) -> None:
    """Two hosts whose clocks differ name different ends around midnight; neither may undo what the other has counted."""

    async def play(store: Any, watch: Watch) -> None:
        early, late = watch.time + 1, watch.time + 3601
        assert (await told(store.quotas.spend("k", 5, early, 5))).wait == 0.0
        assert (await told(store.quotas.spend("k", 5, late, 5))).wait == 0.0
        assert (await told(store.quotas.spend("k", 5, early))).wait > 0
        assert (await told(store.quotas.spend("k", 5, late))).wait > 0

    place.run(play)


def test_a_limit_that_is_lowered_counts_what_was_spent(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        until = watch.time + 60
        await told(store.quotas.spend("k", 10, until, 8))
        wait, left = await told(store.quotas.spend("k", 5, until))
        assert wait > 0
        assert left == 0

    place.run(play)


def test_quotas_of_odd_keys_are_their_own(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for key in ODD:
            assert (await told(store.quotas.spend(key, 1, watch.time + 60))).wait == 0.0, key
            assert (await told(store.quotas.spend(key, 1, watch.time + 60))).wait > 0, key

    place.run(play)


def test_many_tasks_spend_a_quota_exactly(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> int:
        async def one() -> bool:
            await asyncio.sleep(0)
            found = await told(store.quotas.spend("k", 40, watch.time + 60))
            return bool(found.wait == 0.0)

        return sum(await asyncio.gather(*(one() for _ in range(64))))

    assert place.run(play) == 40


# --- strikes


def test_failures_lead_to_jail_for_longer_each_time(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for term in (10.0, 100.0, 100.0):
            for _ in range(3):
                assert await told(store.strikes.attempt(guess())) == 0.0
                store.strikes.settle(guess(), good=False)
            assert await told(store.strikes.attempt(guess())) == pytest.approx(term, abs=0.01)
            watch.time += term + 0.01
        assert await told(store.strikes.attempt(guess())) == 0.0

    place.run(play)


def test_a_step_is_forgotten_after_good_conduct(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for pause in (1011.0, 0.0):
            for _ in range(3):
                await told(store.strikes.attempt(guess()))
                store.strikes.settle(guess(), good=False)
            assert await told(store.strikes.attempt(guess())) == pytest.approx(10.0, abs=0.01)
            watch.time += pause

    place.run(play)


def test_parallel_guesses_test_no_more_than_the_tries(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> list[float]:
        async def one() -> float:
            await asyncio.sleep(0)
            wait: float = await told(store.strikes.attempt(guess()))
            return wait

        return list(await asyncio.gather(*(one() for _ in range(50))))

    waits = place.run(play)
    assert waits.count(0.0) == 3
    assert min(wait for wait in waits if wait) >= 1.0


def test_a_crowd_is_not_jailed_for_one_mistake_while_others_are_being_answered(place: Place) -> None:
    crowd = guess(Count("source:nat", LADDER))

    async def play(store: Any, watch: Watch) -> None:
        for _ in range(3):
            assert await told(store.strikes.attempt(crowd)) == 0.0
        store.strikes.settle(crowd, good=False)
        assert await told(store.strikes.prisoners()) == []
        assert await told(store.strikes.attempt(crowd)) == pytest.approx(1.0)
        store.strikes.settle(crowd, good=True)
        store.strikes.settle(crowd, good=True)
        assert await told(store.strikes.attempt(crowd)) == 0.0

    place.run(play)


def test_strikes_are_forgotten_after_the_window(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for _ in range(2):
            await told(store.strikes.attempt(guess()))
            store.strikes.settle(guess(), good=False)
        watch.time += 60.1
        for _ in range(2):
            assert await told(store.strikes.attempt(guess())) == 0.0
            store.strikes.settle(guess(), good=False)
        assert await told(store.strikes.prisoners()) == []

    place.run(play)


def test_a_try_that_is_never_settled_counts_until_the_window_ends(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for _ in range(3):
            await told(store.strikes.attempt(guess()))
        assert await told(store.strikes.attempt(guess())) == pytest.approx(1.0)
        watch.time += 60.1
        assert await told(store.strikes.attempt(guess())) == 0.0

    place.run(play)


def test_a_success_clears_what_it_clears_and_nothing_else(place: Place) -> None:
    source = Count("source:1", LADDER)
    both = guess(account(), source)

    async def play(store: Any, watch: Watch) -> None:
        for good in (False, False, True):
            assert await told(store.strikes.attempt(both)) == 0.0
            store.strikes.settle(both, good=good)
        for _ in range(2):
            assert await told(store.strikes.attempt(guess())) == 0.0
            store.strikes.settle(guess(), good=False)
        assert await told(store.strikes.attempt(guess(source))) == 0.0  # the third: its own success was taken back
        assert await told(store.strikes.attempt(guess(source))) == pytest.approx(1.0)

    place.run(play)


def test_a_dropped_try_never_was(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for _ in range(10):
            assert await told(store.strikes.attempt(guess())) == 0.0
            store.strikes.drop(guess())

    place.run(play)


def test_an_attempt_counts_on_all_or_on_none(place: Place) -> None:
    other = Count("source:2", LADDER)

    async def play(store: Any, watch: Watch) -> None:
        for _ in range(3):
            await told(store.strikes.attempt(guess()))
            store.strikes.settle(guess(), good=False)
        for _ in range(10):
            assert await told(store.strikes.attempt(guess(account(), other))) > 1
        for _ in range(3):
            assert await told(store.strikes.attempt(guess(other))) == 0.0

    place.run(play)


def test_who_was_good_before_passes_where_his_account_is_jailed(place: Place) -> None:
    mine = guess(account(spares=True), good="known:ann@home")
    attacker = guess(account(spares=True), good="known:ann@elsewhere")

    async def play(store: Any, watch: Watch) -> None:
        assert await told(store.strikes.attempt(mine)) == 0.0
        store.strikes.settle(mine, good=True)
        for _ in range(3):
            assert await told(store.strikes.attempt(attacker)) == 0.0
            store.strikes.settle(attacker, good=False)
        assert await told(store.strikes.attempt(attacker)) > 1
        for _ in range(5):
            assert await told(store.strikes.attempt(mine)) == 0.0
            store.strikes.settle(mine, good=False)  # mistyped: no strike on a key that is jailed already
        watch.time += 10.1
        assert await told(store.strikes.attempt(attacker)) == 0.0

    place.run(play)


def test_an_operator_sees_and_frees_prisoners(place: Place) -> None:
    names = ["account:ann", "account:bob", "source:1"]

    async def play(store: Any, watch: Watch) -> None:
        for name, times in zip(names, (3, 6, 3), strict=True):
            for turn in range(times):
                if turn == 3:
                    watch.time += 10.1
                one = guess(Count(name, LADDER))
                assert await told(store.strikes.attempt(one)) == 0.0
                store.strikes.settle(one, good=False)
        found = await told(store.strikes.prisoners())
        assert [(each.key, each.step) for each in found] == [("account:bob", 2), ("source:1", 1)]
        assert found[0].until == pytest.approx(watch.time + 100, abs=0.01)
        assert [each.key for each in await told(store.strikes.prisoners("source:"))] == ["source:1"]
        assert len(await told(store.strikes.prisoners("", 1))) == 1
        assert await told(store.strikes.free("account:")) == 1
        assert await told(store.strikes.free("account:")) == 0
        assert [each.key for each in await told(store.strikes.prisoners())] == ["source:1"]
        assert await told(store.strikes.attempt(guess(Count("account:bob", LADDER)))) == 0.0

    place.run(play)


def test_odd_accounts_are_jailed_and_freed_like_others(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for key, turn in itertools.product(ODD, (0, 1)):  # by the name that was jailed, and by the one that is listed
            one = guess(Count("a:" + key, LADDER))
            for _ in range(3):
                assert await told(store.strikes.attempt(one)) == 0.0, key
                store.strikes.settle(one, good=False)
            assert await told(store.strikes.attempt(one)) > 1, key
            (found,) = await told(store.strikes.prisoners("a:"))
            assert len(found.key.encode("utf-8", "surrogatepass")) <= 150
            assert await told(store.strikes.free(found.key if turn else "a:" + key)) == 1, key

    place.run(play)


def test_every_place_does_what_memory_does(place: Place) -> None:
    """Random histories, the same for memory and for this place: every answer is the same."""
    model = Place("memory", "memory")
    chance = random.Random(7)
    counts = [
        Count("a", LADDER, clears=True, spares=True), Count("b", LADDER._replace(tries=5)),
        Count("c", LADDER._replace(window=5.0, terms=(3.0,), forget=4.0), clears=True),
    ]  # fmt: skip

    async def play(store: Any, watch: Watch) -> None:
        for turn in range(12):
            made: list[Attempt] = []
            for step in range(40):
                some = [
                    count._replace(key=f"{count.key}{turn}") for count in chance.sample(counts, chance.randint(1, 3))
                ]
                attempt = guess(*some, good=chance.choice(["", f"g{turn}"]))
                act = chance.random()
                if act < 0.5 or not made:
                    expected = await told(model_store.strikes.attempt(attempt))
                    found = await told(store.strikes.attempt(attempt))
                    assert found == pytest.approx(expected, abs=1e-4), (turn, step)
                    made += [attempt] if not expected else []
                elif act < 0.9:
                    ended = made.pop(chance.randrange(len(made)))
                    how = chance.choice(["good", "bad", "bad", "bad", "drop"])
                    for each in (store, model_store):
                        if how == "drop":
                            each.strikes.drop(ended)
                        else:
                            each.strikes.settle(ended, good=how == "good")
                else:
                    model.watch.time = watch.time = watch.time + chance.choice([0.3, 2.0, 11.0, 70.0, 1200.0])
            ours = {(each.key, each.step) for each in await told(model_store.strikes.prisoners())}
            assert {(each.key, each.step) for each in await told(store.strikes.prisoners())} == ours

    model_store: Store = model.open()
    model.watch.time = place.watch.time
    place.run(play)


# --- once


def test_a_key_is_first_once(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        for key in ODD:
            assert await told(store.once.first(key, 100.0)) is True, key
            assert await told(store.once.first(key, 100.0)) is False, key
        assert await told(store.once.first("k", 0.2)) is True
        place.passes(0.3)
        assert await told(store.once.first("k", 0.2)) is True

    place.run(play)


def test_of_many_tasks_one_is_first(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> int:
        async def one() -> bool:
            await asyncio.sleep(0)
            first: bool = await told(store.once.first("k", 60.0))
            return first

        return sum(await asyncio.gather(*(one() for _ in range(64))))

    assert place.run(play) == 1


# --- replies


def test_a_reply_is_run_once_and_told_again(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        replies = store.replies
        for key in ODD:
            assert await told(replies.begin(key, "f", 60.0, 30.0)) == Begun("new"), key
            assert await told(replies.begin(key, "f", 60.0, 30.0)) == Begun("busy")
            assert await told(replies.begin(key, "g", 60.0, 30.0)) == Begun("other")
            replies.finish(key, "g", b"not mine", 60.0)
            assert await told(replies.begin(key, "f", 60.0, 30.0)) == Begun("busy")
            replies.finish(key, "f", b"\x00\xff" + key.encode("utf-8", "replace"), 60.0)
            done = Begun("done", b"\x00\xff" + key.encode("utf-8", "replace"))
            assert await told(replies.begin(key, "f", 60.0, 30.0)) == done
            assert await told(replies.begin(key, "g", 60.0, 30.0)) == Begun("other")
            replies.finish(key, "f", b"again", 60.0)
            replies.drop(key, "f")
            assert await told(replies.begin(key, "f", 60.0, 30.0)) == done

    place.run(play)


def test_a_claim_lapses_and_can_be_given_back(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        assert (await told(store.replies.begin("k", "f", 60.0, 0.2))).state == "new"
        place.passes(0.3)
        assert (await told(store.replies.begin("k", "g", 60.0, 30.0))).state == "new"
        store.replies.drop("k", "f")
        assert (await told(store.replies.begin("k", "g", 60.0, 30.0))).state == "busy"
        store.replies.drop("k", "g")
        assert (await told(store.replies.begin("k", "f", 60.0, 30.0))).state == "new"

    place.run(play)


def test_a_stored_reply_is_forgotten_in_time(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        await told(store.replies.begin("k", "f", 60.0, 30.0))
        store.replies.finish("k", "f", b"x", 0.2)
        assert (await told(store.replies.begin("k", "f", 60.0, 30.0))).state == "done"
        place.passes(0.3)
        assert (await told(store.replies.begin("k", "f", 60.0, 30.0))).state == "new"

    place.run(play)


# --- bans


def test_orders_are_in_force_until_they_end_or_are_lifted(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        assert store.bans.fresh
        before = store.bans.changes
        ban = Ban("source:192.0.2.0/24", watch.time + 100, "it floods: see the log of Monday")
        await told(store.bans.order(ban))
        await told(store.bans.order(Ban("identity:\udc80", watch.time + 50, "")))
        assert store.bans.changes > before
        assert store.bans.current()[ban.what] == ban
        await told(store.bans.order(ban._replace(why="still")))
        assert store.bans.current()[ban.what].why == "still"
        watch.time += 51
        assert set(store.bans.current()) == {ban.what}
        assert await told(store.bans.lift(ban.what)) is True
        assert await told(store.bans.lift(ban.what)) is False
        assert store.bans.current() == {}

    place.run(play)


def test_another_process_hears_of_orders(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        other = place.open()
        await other.start()
        ban = Ban("identity:eve", place.watch.time + 1000, "reported")
        await told(store.bans.order(ban))
        for present in (True, False):
            for _ in range(200):
                if ("identity:eve" in other.bans.current()) is present:
                    break
                await asyncio.sleep(0.02)
            found = other.bans.current().get("identity:eve")
            assert (found is not None) is present
            assert found is None or (found.why, math.isclose(found.until, ban.until)) == ("reported", True)
            await told(store.bans.lift("identity:eve"))
        await other.stop()

    place.run(play)


# --- all of it


def test_what_another_process_did_counts_here(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        other = place.open()
        await other.start()
        until = watch.time + 60
        for each in (store, other):
            await told(each.exact.take("k", TEN, 5))
            await told(each.quotas.spend("k", 10, until, 5))
        for each in (store, other):
            assert (await told(each.exact.take("k", TEN))).wait > 0
            assert (await told(each.quotas.spend("k", 10, until))).wait > 0
        assert await told(store.once.first("k", 60.0)) is True
        assert await told(other.once.first("k", 60.0)) is False
        for each in (store, other, store):
            assert await told(each.strikes.attempt(guess())) == 0.0
            each.strikes.settle(guess(), good=False)
            await asyncio.sleep(0.01)
        assert await told(other.strikes.attempt(guess())) == pytest.approx(10.0, abs=0.01)
        await other.stop()

    place.run(play)


def test_a_store_is_used_from_one_loop_after_another(place: Place) -> None:
    """Servers reload, tests run a loop each: a store that was left behind by one loop serves the next, started or not."""
    store = place.open()

    async def use(number: int) -> Any:
        async with asyncio.timeout(5):
            if number == 1:
                await store.start()
            found = await told(store.counters.take("k", TEN))
            assert (await told(store.once.first(f"k{number}", 60.0))) is True
            store.strikes.settle(guess(), good=True)
            return found.left

    assert [asyncio.run(use(number)) for number in range(4)] == [9, 8, 7, 6]

    async def stop() -> None:
        await store.stop()

    asyncio.run(stop())


def test_a_stopped_store_is_started_again(place: Place) -> None:
    async def play(store: Any, watch: Watch) -> None:
        await told(store.quotas.spend("k", 10, watch.time + 60))
        await store.stop()
        await store.start()
        assert await told(store.quotas.spend("k", 10, watch.time + 60)) == (0.0, 8)

    place.run(play)


def test_shared_says_whether_others_see_it(place: Place) -> None:
    assert place.open().shared is place.shared


def test_too_many_orders_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ostiary.store.orders.MOST", 3)

    async def play(store: Any, watch: Watch) -> None:
        if place.kind == "memory":
            store.bans._most = 3
        for number in range(3):
            await told(store.bans.order(Ban(f"source:{number}", watch.time + 1000, "")))
        with pytest.raises(StoreError):
            await told(store.bans.order(Ban("source:3", watch.time + 1000, "")))
        await told(store.bans.order(Ban("source:2", watch.time + 1000, "replaced")))
        await told(store.bans.lift("source:0"))
        await told(store.bans.order(Ban("source:3", watch.time + 1000, "")))

    place.run(play)
