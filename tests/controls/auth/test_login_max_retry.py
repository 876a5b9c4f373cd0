"""One account guessed at from everywhere."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exchanges import head
from logins import FOREIGN, LOGIN_CONTROLS, RIGHT, App, Clock, ask, asking, guarded
from ostiary.errors import ConfigError
from ostiary.guard.app import Guard

ONLY = ("auth.login-max-retry", "beyond.host-and-proxy-trust")
VAMPI = FOREIGN["vampi"]


def started(only: tuple[str, ...] = ONLY, **settings: Any) -> tuple[Guard, App, Clock]:
    app, clock = VAMPI.app(), Clock()
    plain = {name.replace("_", "-"): value for name, value in settings.items()}
    return guarded(app, VAMPI.api(), clock, only=only, controls={"auth.login-max-retry": plain}), app, clock


def elsewhere(n: int) -> str:
    return f"198.51.{n // 250}.{n % 250 + 1}"


def test_an_account_is_slowed_down_wherever_the_guesses_come_from() -> None:
    guard, app, _ = started()
    statuses = [ask(guard, VAMPI, "alice", f"{n}", peer=elsewhere(n)).status for n in range(100)]
    assert statuses == [200] * 5 + [429] * 95
    refused = ask(guard, VAMPI, "alice", RIGHT, peer=elsewhere(500))
    assert (refused.status, head(refused, "retry-after")) == (429, "30")
    assert len(app.tried) == 5
    assert ask(guard, VAMPI, "bob", RIGHT, peer=elsewhere(1)).status == 200


def test_the_waits_grow_and_the_tries_are_few_in_a_day() -> None:
    guard, app, clock = started()
    end = clock() + 86400
    while clock() < end:
        refused = ask(guard, VAMPI, "alice", "x", peer=elsewhere(len(app.tried)))
        clock.seconds += float(head(refused, "retry-after") or 0)
    assert len(app.tried) <= 100


def test_consecutive_failures_end_at_the_ceiling() -> None:
    guard, app, clock = started(terms=["1s"], ceiling=20)
    for n in range(400):
        ask(guard, VAMPI, "alice", "x", peer=elsewhere(n))
        clock.seconds += 1
    assert len(app.tried) == 20
    refused = ask(guard, VAMPI, "alice", RIGHT, peer=elsewhere(999))
    assert 80_000 < int(head(refused, "retry-after") or 0) <= 86_400


def test_a_success_makes_the_next_failure_the_first() -> None:
    guard, app, clock = started(terms=["1s"], ceiling=20)
    for _ in range(10):
        for _ in range(4):
            assert ask(guard, VAMPI, "alice", "typo").status == 200
        assert ask(guard, VAMPI, "alice", RIGHT).status == 200
        clock.seconds += 3600
    assert len(app.tried) == 50


def test_a_victim_keeps_the_source_he_is_known_from() -> None:
    guard, _, _ = started()
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 200
    for n in range(50):
        ask(guard, VAMPI, "alice", "x", peer=elsewhere(n))
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.6").status == 429
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 200


def test_a_known_source_has_tries_of_its_own_and_no_more() -> None:
    guard, app, _ = started()
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 200
    for _n in range(50):
        ask(guard, VAMPI, "alice", "x", peer="203.0.113.5")
    assert len(app.tried) == 6


def test_a_known_source_is_forgotten() -> None:
    guard, _, clock = started(good_for="10m")
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 200
    clock.seconds += 601
    for n in range(10):
        ask(guard, VAMPI, "alice", "x", peer=elsewhere(n))
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 429


def test_other_people_s_success_at_the_same_account_clears_nothing_of_the_guesses() -> None:
    """A victim who signs in does not give whoever guesses five more tries each time."""
    guard, app, _ = started(terms=["1h"])
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 200
    for n in range(5):
        ask(guard, VAMPI, "alice", "x", peer=elsewhere(n))
    assert ask(guard, VAMPI, "alice", "x", peer=elsewhere(9)).status == 429
    tried = len(app.tried)
    assert ask(guard, VAMPI, "alice", RIGHT, peer="203.0.113.5").status == 200
    assert ask(guard, VAMPI, "alice", "x", peer=elsewhere(10)).status == 429
    assert len(app.tried) == tried + 1


def test_both_controls_hold_together() -> None:
    guard, app, _ = started(only=LOGIN_CONTROLS)
    for n in range(30):
        ask(guard, VAMPI, "alice", f"{n}")
    assert len(app.tried) == 5
    for n in range(30):
        ask(guard, VAMPI, "alice", f"{n}", peer=elsewhere(n))
    assert len(app.tried) == 5
    assert ask(guard, VAMPI, "bob", RIGHT).status == 200


def test_what_the_jail_refuses_is_no_strike_of_the_account() -> None:
    guard, app, _clock = started(only=LOGIN_CONTROLS, tries=8)
    for n in range(30):
        ask(guard, VAMPI, "alice", f"{n}")
    assert len(app.tried) == 5, "the jail holds the pair"
    for n in range(30):
        ask(guard, VAMPI, "alice", f"{n}", peer=elsewhere(n))
    assert len(app.tried) == 8, "three were left to the account"


@pytest.mark.parametrize("only", [ONLY, LOGIN_CONTROLS])
def test_parallel_guesses_from_everywhere_test_no_more_than_the_tries(only: tuple[str, ...]) -> None:
    guard, app, _ = started(only=only)
    app.delay = 0.05

    async def at_once() -> list[int]:
        asked = [asking(guard, VAMPI.path, VAMPI.body("alice", f"{n}"), peer=elsewhere(n)) for n in range(50)]
        return [each.status for each in await asyncio.gather(*asked)]

    assert sorted(asyncio.run(at_once())) == [200] * 5 + [429] * 45
    assert len(app.tried) == 5


def test_a_ceiling_above_a_hundred_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="ceiling"):
        started(ceiling=101)
