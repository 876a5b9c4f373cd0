"""Places are never more than there are, never lost, and the queue is fair."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from ostiary.parts.places import Need, Places, Ticket


def ticket(places: Places, who: str, *needs: tuple[str, int]) -> Ticket:
    return Ticket(places, [Need(*each) for each in needs], who)


def enter(places: Places, made: Ticket, most: int = 100) -> str:
    """What a request does: take its places, or get in line."""
    if places.lacking(made.needs) is None:
        made.admit()
        return "in"
    return "waits" if places.queue(made, most) else "out"


def test_first_come_first_served() -> None:
    places = Places()
    line = [ticket(places, who, ("total", 1)) for who in "abcd"]
    assert [enter(places, each) for each in line] == ["in", "waits", "waits", "waits"]
    for at in range(3):
        line[at].end()
        assert [each.holding for each in line] == [each == at + 1 for each in range(4)]


def test_one_who_waits_for_his_own_place_holds_up_nobody() -> None:
    places = Places()
    first, again = (ticket(places, "a", ("a", 1), ("total", 3)) for _ in range(2))
    other = ticket(places, "b", ("b", 1), ("total", 3))
    assert [enter(places, each) for each in (first, again, other)] == ["in", "waits", "in"]
    other.end()
    assert not again.holding
    first.end()
    assert again.holding


def test_one_caller_fills_a_quarter_of_the_queue_at_most() -> None:
    places = Places()
    assert enter(places, ticket(places, "x", ("total", 1))) == "in"
    assert [enter(places, ticket(places, "a", ("total", 1)), 8) for _ in range(4)] == ["waits", "waits", "out", "out"]
    assert [enter(places, ticket(places, who, ("total", 1)), 8) for who in "bcdefgh"] == ["waits"] * 6 + ["out"]
    assert places.waiting == 8


def test_an_end_is_one_however_often_it_is_said() -> None:
    places = Places()
    one, two = (ticket(places, "a", ("total", 1)) for _ in range(2))
    enter(places, one)
    enter(places, two)
    one.end()
    one.end()
    assert places.held == {"total": 1}
    two.end()
    two.end()
    assert places.held == {}
    never = ticket(places, "b", ("total", 1))
    never.end()
    assert places.held == {}
    assert places.waiting == 0


def test_whoever_waits_hears_of_a_place_of_the_end_and_of_the_time() -> None:
    async def body() -> None:
        places = Places()
        line = [ticket(places, str(at), ("total", 1)) for at in range(5)]
        for each in line:
            enter(places, each)
        began = asyncio.get_running_loop().time()
        waits = [asyncio.create_task(each.wait(0.05 if at == 3 else 5.0)) for at, each in enumerate(line)]
        await asyncio.sleep(0.01)
        line[2].end()  # his client has gone
        line[0].end()
        await asyncio.gather(*waits[:4])
        assert [each.holding for each in line] == [False, True, False, False, False]
        assert asyncio.get_running_loop().time() - began < 1
        line[3].end()
        line[1].end()
        await waits[4]
        assert line[4].holding

    asyncio.run(body())


def test_a_place_that_comes_before_the_wait_begins_is_not_missed() -> None:
    async def body() -> None:
        places = Places()
        one, two = (ticket(places, "a", ("total", 1)) for _ in range(2))
        enter(places, one)
        enter(places, two)
        one.end()
        await asyncio.wait_for(two.wait(5.0), 0.1)
        assert two.holding

    asyncio.run(body())


def test_a_wait_that_is_cancelled_loses_nothing() -> None:
    async def body() -> None:
        places = Places()
        one, two = (ticket(places, "a", ("total", 1)) for _ in range(2))
        enter(places, one)
        enter(places, two)
        waiting = asyncio.create_task(two.wait(5.0))
        await asyncio.sleep(0)
        one.end()  # two is let in, and cancelled before it learns of it
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        two.end()
        assert places.held == {}

    asyncio.run(body())


def test_whatever_happens_in_whatever_order_nothing_leaks_and_no_limit_is_passed() -> None:
    chance = random.Random(7)

    def needs(who: str) -> Sequence[tuple[str, int]]:
        return [(f"caller:{who}", 3), *([("operation", 4)] if chance.random() < 0.5 else []), ("total", 8)]

    places = Places()
    alive: list[Ticket] = []
    for _ in range(20_000):
        if alive and chance.random() < 0.5:
            alive.pop(chance.randrange(len(alive))).end()
        else:
            who = chance.choice("abcde")
            made = ticket(places, who, *needs(who))
            if enter(places, made, 12) != "out":
                alive.append(made)
        held = [key for each in alive if each.holding for key, _ in each.needs]
        assert {key: held.count(key) for key in held} == places.held
        assert places.held.get("total", 0) <= 8
        assert places.held.get("operation", 0) <= 4
        assert all(places.lacking(each.needs) for each in alive if not each.holding)
    for each in alive:
        each.end()
    assert (places.held, places.waiting) == ({}, 0)
