"""A block holds whoever guessed, says when it ends, and ends then; an open door or a lock for all is found."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from ostiary.controls.auth.login_jail import live
from ostiary.controls.auth.login_jail.live import audit_live
from ostiary.model import Finding, Outcome, Severity
from signing import People, Said, Signing


def asked(says: People, *, alone: bool = False) -> Finding:
    return asyncio.run(audit_live(Signing(says, alone=alone)))


class Jail(People):
    """Blocks by account, or by account and address, for a term."""

    def __init__(self, limit: int = 5, *, pair: bool = True, term: float = 60, says: str | None = "60") -> None:
        super().__init__()
        self.limit, self.pair, self.term, self.says = limit, pair, term, says
        self.failures: Counter[tuple[str, str]] = Counter()
        self.until: dict[tuple[str, str], float] = {}

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        key = (user, headers["peer"] if self.pair else "")
        if self.until.get(key, 0) > time.monotonic():
            return 429, {"detail": "too many attempts"}, {"Retry-After": self.says} if self.says else {}
        told = super().login(user, password, headers)
        self.failures[key] = 0 if told[0] == 200 else self.failures[key] + 1
        if self.failures[key] >= self.limit:
            self.failures[key] = 0
            self.until[key] = time.monotonic() + self.term
        return told


def test_no_block_at_all_is_found_after_one_account_and_many() -> None:
    finding = asked(People())
    assert finding.outcome is Outcome.FAIL
    assert "30 sign-ins fail" in finding.why
    assert finding.places == ("POST /login",)


def test_a_block_of_who_guessed_passes() -> None:
    finding = asked(Jail())
    assert finding.outcome is Outcome.PASS
    assert "the address that guessed alone" in finding.why
    assert asked(Jail(pair=False), alone=True).outcome is Outcome.PASS


def test_a_lock_for_everybody_is_found_where_there_are_two_addresses() -> None:
    finding = asked(Jail(pair=False))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)
    assert finding.facts["blocks"] == "account"


def test_a_term_that_is_told_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_SETTLE", 0.1)
    assert asked(Jail(term=0.8, says="1")).outcome is Outcome.PASS
    finding = asked(Jail(term=60, says="1"))
    assert finding.outcome is Outcome.FAIL
    assert "does not end" in finding.why


def test_a_block_that_says_nothing_of_its_end_passes_by_its_scope() -> None:
    finding = asked(Jail(says=None))
    assert finding.outcome is Outcome.PASS
    assert "no Retry-After" in finding.why


def test_a_source_that_is_blocked_for_all_accounts_is_a_block() -> None:
    class Source(People):
        failed = 0

        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            if headers["peer"] == "127.0.0.1" and self.failed >= 5:
                return 429, {"detail": "too many attempts"}, {"Retry-After": "900"}
            told = super().login(user, password, headers)
            self.failed += told[0] == 401
            return told

    finding = asked(Source())
    assert finding.outcome is Outcome.PASS
    assert "900 s" in finding.why


def test_where_nobody_registers_no_verdict_is_given() -> None:
    class Closed(People):
        def register(self, body: Mapping[str, object]) -> Said:
            return 403, {"detail": "by invitation"}

    assert asked(Closed()).outcome is Outcome.UNKNOWN


class Full(People):
    """This address has had enough of the logins already; or of everything."""

    def __init__(self, *, everything: bool) -> None:
        super().__init__()
        self.everything = everything

    def __call__(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        if headers["peer"] == "127.0.0.1" and (self.everything or path in {"/login", "/register"}):
            return 429, {"detail": "too many requests"}
        return super().__call__(method, path, body, headers)


def test_an_address_that_guessed_before_and_is_blocked_still_is_blocked() -> None:
    finding = asked(Full(everything=False))
    assert finding.outcome is Outcome.PASS
    assert "has guessed before" in finding.why
    assert asked(Full(everything=False), alone=True).outcome is Outcome.UNKNOWN


def test_a_limit_for_all_that_an_address_asks_is_no_block_for_guessing() -> None:
    assert asked(Full(everything=True)).outcome is Outcome.UNKNOWN
