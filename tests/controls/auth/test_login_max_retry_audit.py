"""An account may be guessed at for ever only where the right password still opens after many wrong ones."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from ostiary.controls.auth.login_max_retry.live import MOST, audit_live
from ostiary.errors import Unanswerable
from ostiary.model import Finding, Outcome
from signing import PATHS, People, Said, Signing


def asked(says: People, paths: Mapping[str, Any] = PATHS, *, alone: bool = False) -> Finding:
    return asyncio.run(audit_live(Signing(says, paths, alone=alone)))


class Locking(People):
    """Locks an account after so many failures in a row; believes a header, if told so."""

    def __init__(self, limit: int, *, believes: str = "", uniform: bool = False, lets_in: bool = False) -> None:
        super().__init__()
        self.limit, self.believes, self.uniform, self.lets_in = limit, believes, uniform, lets_in
        self.failures: Counter[tuple[str, str]] = Counter()

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        key = (user, headers.get(self.believes, ""))
        right = self.passwords.get(user) == password
        if self.failures[key] >= self.limit and not (self.lets_in and right):
            if self.uniform:
                return 401, {"detail": "wrong name or password"}
            return 429, {"detail": "too many attempts"}, {"Retry-After": "60"}
        self.failures[key] = 0 if right and not self.lets_in else self.failures[key] + 1
        return super().login(user, password, headers)


def test_no_limit_is_measured_and_the_right_password_proves_it() -> None:
    finding = asked(People())
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["guesses"] == MOST
    assert finding.facts["limit"] is None
    assert finding.places == ("POST /login",)
    assert "right password" in finding.proof


def test_a_lock_passes_and_the_guess_at_which_it_came_is_told() -> None:
    finding = asked(Locking(5))
    assert finding.outcome is Outcome.PASS
    assert "guess 6 is refused (429)" in finding.why


def test_a_uniform_401_hides_a_lock_that_the_right_password_shows() -> None:
    finding = asked(Locking(5, uniform=True))
    assert finding.outcome is Outcome.PASS
    assert "right one is refused" in finding.why


def test_a_lock_that_believes_a_header_is_none() -> None:
    finding = asked(Locking(5, believes="x-forwarded-for"))
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["bypass"] == "forwarding headers"


def test_a_refusal_that_lets_the_right_password_in_is_none() -> None:
    finding = asked(Locking(5, lets_in=True))
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["right-password"] == "let in"


class Tarpit(People):
    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        if self.passwords.get(user) == password:
            return super().login(user, password, headers)
        self.turn = getattr(self, "turn", 0) + 1
        return 401, {"detail": "wrong"}, {}, 0.05 if self.turn < 6 else 0.3 * self.turn


def test_a_growing_delay_passes() -> None:
    finding = asked(Tarpit())
    assert finding.outcome is Outcome.PASS
    assert "waits" in finding.why


def test_attempts_that_are_counted_down_are_answers_alike_until_they_end() -> None:
    class Counting(Locking):
        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            told = super().login(user, password, headers)
            if told[0] == 401:
                return 401, {"detail": f"wrong, {self.limit - self.failures[user, '']} attempts left"}
            return told

    assert "guess 8" in asked(Counting(7)).why


def test_errors_of_the_server_are_no_failed_attempts() -> None:
    class Broken(People):
        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            told = super().login(user, password, headers)
            return told if told[0] == 200 else (500, {"detail": "oops"})

    with pytest.raises(Unanswerable, match="500"):  # the driver says UNKNOWN
        asked(Broken())


def test_where_nobody_can_register_or_nothing_signs_in_no_verdict_is_given() -> None:
    class Closed(People):
        def register(self, body: Mapping[str, Any]) -> Said:
            return 403, {"detail": "by invitation"}

    assert asked(Closed()).outcome is Outcome.UNKNOWN
    assert asked(Closed(), {"/me": {"get": {}}}).outcome is Outcome.NOT_APPLICABLE


def test_a_count_for_each_address_alone_is_found_where_there_are_two() -> None:
    finding = asked(Locking(5, believes="peer"))
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["counted-by"] == "source"
    assert finding.facts["limit"] == 6
    assert asked(Locking(5, believes="peer"), alone=True).outcome is Outcome.PASS


def test_few_guesses_from_many_addresses_are_few() -> None:
    assert asked(Locking(1, believes="peer")).outcome is Outcome.PASS


def test_a_count_by_account_holds_for_every_address() -> None:
    class Both(Locking):
        """Five for each address, twelve for the account."""

        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            if self.failures[user, ""] >= 12:
                return 429, {"detail": "too many attempts"}
            told = super().login(user, password, headers)
            self.failures[user, ""] += told[0] == 401
            return told

    finding = asked(Both(5, believes="peer"))
    assert finding.outcome is Outcome.PASS
    assert "from other addresses" in finding.why
