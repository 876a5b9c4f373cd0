"""Nobody is known by the time an answer takes: within a tenth, over many turns taken alternately, or by chance."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import product
from math import sqrt
from statistics import quantiles

import bcrypt
import pytest

from identity.house import House
from identity.people import AT, BETTER, person
from ostiary.errors import Denied
from ostiary.identity.flows import registering, resetting, signing_in
from ostiary.identity.services import Services
from ostiary.identity.storage import users
from ostiary.parts.identity_settings import Jail, Passwords
from ostiary.parts.passwords import Verified

TURNS = 24
TRIES = 4  # a machine may be busy with something else
MOST = 0.1
SURE = 4.0  # standard deviations: one of 15,000 measurements of nothing
# No pace, no jail: they refuse the known and the unknown alike, and would end the measurement.
OPEN = Jail(
    tries=100, source_tries=10**6, account_tries=100, captcha_after=0, sends=10**6, source_sends=10**6, registrations=10**6,
    knocks=10**6,
)  # fmt: skip


async def sign_in(services: Services, email: str) -> None:
    await signing_in.sign_in(services, AT, email, "a wrong password")


async def register(services: Services, email: str) -> None:
    await registering.register(services, AT, email, BETTER)


async def ask(services: Services, email: str) -> None:
    await resetting.ask(services, AT, email)


FLOWS = {"sign-in": sign_in, "registration": register, "reset": ask}


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """A house with a hash that takes as long as anything else together, and four kinds of people."""
    made = make_house(passwords=Passwords(cost=8, workers=1), jail=OPEN)

    async def move_in() -> None:
        services = made.services
        for name in ("known", "gone", "tired", "imported"):
            await person(services, f"{name}@example.com")
        await person(services, "unproven@example.com", verified=False)
        found = {}
        for name in ("gone", "tired", "imported"):
            async with services.database.read() as connection:
                found[name] = await users.by_email(connection, services.ring, f"{name}@example.com")
        async with services.database.write() as connection:
            for name, each in found.items():
                assert each is not None
                if name == "gone":
                    await users.set_disabled(connection, each.id, at=1.0)
                elif name == "tired":
                    for _ in range(101):
                        await users.count_failure(connection, each.id)
                else:
                    kept = bcrypt.hashpw(b"imported", bcrypt.gensalt(5)).decode()
                    await users.set_password(connection, each.id, kept, now=1.0)

    made.run(move_in())
    return made


async def taken(doing: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    try:
        await doing()
    except Denied as denied:
        if denied.status != 401:
            raise
    return time.perf_counter() - began


Times = tuple[list[float], list[float]]


async def measure(house: House, act: Callable[[Services, str], Awaitable[None]], who: str, times: Times) -> float:
    """How much longer somebody takes than nobody, as a share, by all the times so far: a quarter were shorter than that.

    They take turns, the first of a turn changing. A busy machine makes some turns longer, and the quarter stays.
    """
    some, none = times
    for turn in range(TURNS):
        house.clock.now += 4000  # the pace and the failures of the turn before are over
        pair = [(some, who), (none, f"nobody{turn}-{int(house.clock.now)}@example.com")]
        for each, email in pair if turn % 2 else pair[::-1]:
            each.append(await taken(partial(act, house.services, email)))
    first, second = quantiles(some, n=4)[0], quantiles(none, n=4)[0]
    return (first - second) / max(first, second)


def told_apart(house: House, act: Callable[[Services, str], Awaitable[None]], who: str) -> tuple[list[float], float]:
    """The shares of all tries, ended by the first that is small; and in how many pairs somebody took longer.

    The latter is counted in standard deviations from half of them: what is there shows in almost every pair, while what
    else this machine does lengthens either of the two, however much.
    """
    times: Times = ([], [])
    seen: list[float] = []
    while len(seen) < TRIES and all(abs(each) > MOST for each in seen):
        seen.append(house.run(measure(house, act, who, times)))
    longer = sum(one > other for one, other in zip(*times, strict=True))
    return seen, (longer - len(times[0]) / 2) / (sqrt(len(times[0])) / 2)


@pytest.mark.parametrize(
    ("flow", "who"),
    [
        *product(("sign-in",), ("known", "gone", "tired", "imported", "unproven")),
        *product(("registration", "reset"), ("known", "gone", "unproven")),
    ],
)
def test_somebody_takes_as_long_as_nobody(house: House, flow: str, who: str) -> None:
    seen, pairs = told_apart(house, FLOWS[flow], f"{who}@example.com")
    if all(abs(each) > MOST for each in seen) and abs(pairs) > SURE:
        pytest.fail(f"{who} is told apart by {flow}: {seen}, pairs {pairs:.1f}")


def test_the_measurement_sees_a_shortcut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the dummy's work the same measurement tells nobody from somebody, and is sure."""
    verify = house.services.hasher.verify

    async def short(password: str, kept: str | None) -> Verified:
        return await verify(password, kept) if kept is not None else Verified(good=False, stale=False)

    monkeypatch.setattr(house.services.hasher, "verify", short)
    seen, pairs = told_apart(house, sign_in, "known@example.com")
    assert min(seen) > MOST
    assert pairs > SURE
