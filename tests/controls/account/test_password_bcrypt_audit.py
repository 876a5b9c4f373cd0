"""What a password is worth shows in replies, in its neighbours that sign in too, and in what may be registered."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ostiary.controls.account.password_bcrypt.live import audit_live
from ostiary.model import Finding, Outcome, Severity
from signing import PATHS, People, Said, Signing

BCRYPT = "$2b${:02d}$" + "abcdefghijklmnopqrstuv" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"


def asked(says: People, paths: Mapping[str, Any] = PATHS) -> Finding:
    return asyncio.run(audit_live(Signing(says, paths)))


class Careful(People):
    """Refuses short and common passwords; `sees` is what it looks at of one, `shows` what a profile has of it."""

    def __init__(
        self,
        sees: Callable[[str], str] = str,
        shows: Callable[[str], str] | None = None,
        least: int = 10,
        most: int = 200,
    ) -> None:
        super().__init__()
        self.sees, self.shows, self.least, self.most = sees, shows, least, most

    def register(self, body: Mapping[str, Any]) -> Said:
        if not self.least <= len(str(body.get("password", ""))) <= self.most:
            return 422, {"detail": "password"}
        return super().register(body)

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        if user in self.passwords and self.sees(self.passwords[user]) == self.sees(password):
            return 200, {"token": f"token-of-{user}"}
        return 401, {"detail": "wrong"}

    def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        user = headers.get("authorization", "").removeprefix("Bearer token-of-")
        shown = {"password": self.shows(self.passwords[user])} if self.shows and user in self.passwords else {}
        return 200, {"email": user, **shown}


def test_nothing_against_it_is_no_pass_but_a_question() -> None:
    finding = asked(Careful())
    assert finding.outcome is Outcome.ATTEST
    assert "all of a password of 81 bytes counts" in finding.why
    assert asked(Careful(most=64)).outcome is Outcome.ATTEST


@pytest.mark.parametrize(
    ("sees", "severity", "why"),
    [
        (lambda text: text[:72], Severity.MEDIUM, "first 72 bytes"),
        (lambda text: text[:8], Severity.CRITICAL, "first 8 bytes"),
        (lambda text: text.lower(), Severity.MEDIUM, "other case"),
    ],
)
def test_passwords_of_which_not_all_counts_are_found(sees: Callable[[str], str], severity: Severity, why: str) -> None:
    finding = asked(Careful(sees))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, severity)
    assert why in finding.why


@pytest.mark.parametrize(
    ("shows", "how"),
    [
        (str, "as they are"),
        (lambda text: hashlib.md5(text.encode()).hexdigest(), "md5"),
        (lambda text: hashlib.sha256(text.encode()).hexdigest().upper(), "sha256"),
        (lambda _: BCRYPT.format(4), "cost 4"),
    ],
)
def test_a_profile_that_shows_how_they_are_kept_is_found(shows: Callable[[str], str], how: str) -> None:
    finding = asked(Careful(shows=shows))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.CRITICAL)
    assert how in finding.why
    assert finding.places[0] == "GET /me"


def test_a_slow_hash_that_is_shown_is_no_fault_of_storage() -> None:
    assert "bcrypt of cost 12" in asked(Careful(shows=lambda _: BCRYPT.format(12))).why
    assert asked(Careful(shows=lambda _: BCRYPT.format(12))).outcome is Outcome.ATTEST


@pytest.mark.parametrize(("least", "severity", "shortest"), [(1, Severity.MEDIUM, 5), (8, Severity.LOW, 8)])
def test_weak_passwords_that_may_be_registered_are_found(least: int, severity: Severity, shortest: int) -> None:
    finding = asked(Careful(least=least))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, severity)
    assert finding.facts["shortest"] == shortest
    assert "signs in" in finding.evidence[0].what


def test_without_accounts_no_verdict_is_given() -> None:
    class Closed(People):
        def register(self, body: Mapping[str, Any]) -> Said:
            return 403, {"detail": "by invitation"}

    assert asked(Closed()).outcome is Outcome.UNKNOWN
    assert asked(Closed(), {"/me": {"get": {}}}).outcome is Outcome.NOT_APPLICABLE
