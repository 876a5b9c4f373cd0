"""Nobody is known by the time an answer takes: within a tenth, over many turns taken alternately."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import product
from statistics import median

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
TRIES = 4  # a machine may be busy with something else; a difference that is there shows each time
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


async def medians(house: House, act: Callable[[Services, str], Awaitable[None]], who: str) -> tuple[float, float]:
    """Of somebody and of nobody, in turn, the first of a turn changing."""
    some: list[float] = []
    none: list[float] = []
    for turn in range(TURNS):
        house.clock.now += 4000  # the pace and the failures of the turn before are over
        pair = [(some, who), (none, f"nobody{turn}-{int(house.clock.now)}@example.com")]
        for times, email in pair if turn % 2 else pair[::-1]:
            times.append(await taken(partial(act, house.services, email)))
    return median(some), median(none)


@pytest.mark.parametrize(
    ("flow", "who"),
    [
        *product(("sign-in",), ("known", "gone", "tired", "imported", "unproven")),
        *product(("registration", "reset"), ("known", "gone", "unproven")),
    ],
)
def test_somebody_takes_as_long_as_nobody(house: House, flow: str, who: str) -> None:
    seen = []
    for _ in range(TRIES):
        some, none = house.run(medians(house, FLOWS[flow], f"{who}@example.com"))
        seen.append(f"{1000 * some:.2f}:{1000 * none:.2f}")
        if abs(some - none) <= 0.1 * max(some, none):
            return
    pytest.fail(f"{who} is told apart by {flow}: {seen} ms")


def test_the_measurement_sees_a_shortcut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the dummy's work the same measurement tells nobody from somebody."""
    verify = house.services.hasher.verify

    async def short(password: str, kept: str | None) -> Verified:
        return await verify(password, kept) if kept is not None else Verified(good=False, stale=False)

    monkeypatch.setattr(house.services.hasher, "verify", short)
    some, none = house.run(medians(house, sign_in, "known@example.com"))
    assert abs(some - none) > 0.1 * max(some, none)
