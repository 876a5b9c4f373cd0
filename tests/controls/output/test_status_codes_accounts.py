"""Who has an account shows only where a known name is answered otherwise than two that nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ostiary.controls.output.status_codes.accounts import audit_live
from ostiary.model import Finding, Outcome, Severity
from ostiary.parts.seen import whois
from ostiary.parts.seen.whois import Seen
from signing import PATHS, People, Said, Signing, body_of

NAMED = {
    "/register": {"post": {"requestBody": body_of(username=1, password=1)}},
    "/login": {"post": {"requestBody": body_of(username=1, password=1)}},
}


class ByName(People):
    """Names are chosen in public: that one is taken has to be said."""

    def __call__(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        return super().__call__(method, path, {**body, "email": body.get("username")}, headers)


def asked(says: People, paths: Mapping[str, Any] = NAMED) -> Seen:
    http = Signing(says, paths, user="username" if paths is NAMED else "email")
    return asyncio.run(whois.asked(http))


def found(says: People, paths: Mapping[str, Any] = NAMED) -> Finding:
    return asyncio.run(audit_live(Signing(says, paths, user="username" if paths is NAMED else "email")))


def test_a_uniform_login_tells_nothing() -> None:
    seen = asked(ByName())
    assert not seen.told
    assert [where for where, _ in seen.alike] == ["POST /login"]


@pytest.mark.parametrize(
    ("known", "unknown", "by"),
    [
        ((401, {"detail": "wrong"}), (404, {"detail": "wrong"}), "status"),
        ((200, {"status": "fail", "message": "bad password"}), (200, {"status": "fail", "message": "no user"}), "body"),
        ((401, {"d": 1}, {"set-cookie": "tries=1"}), (401, {"d": 1}), "header"),
    ],
)
def test_a_login_that_tells_is_found_by_status_body_or_header(known: Said, unknown: Said, by: str) -> None:
    class Telling(ByName):
        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            told = super().login(user, password, headers)
            return told if told[0] == 200 else known if user in self.passwords else unknown

    finding = found(Telling())
    assert finding.outcome is Outcome.FAIL
    assert finding.severity is Severity.MEDIUM
    assert finding.facts["enumeration"] == [{"operation": "POST /login", "role": "login", "by": by}]
    assert finding.places[0] == "POST /login"
    assert len(finding.evidence) <= 4


def test_names_and_moments_in_the_answer_are_no_difference() -> None:
    class Echoing(ByName):
        turn = 0

        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            self.turn += 1
            told = super().login(user, password, headers)
            return told if told[0] == 200 else (401, {"detail": f"{user}: no", "id": f"{self.turn:032x}"})

    assert not asked(Echoing()).told


def test_attempts_counted_by_source_are_no_difference() -> None:
    class Counting(ByName):
        left = 50

        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            self.left -= 1
            told = super().login(user, password, headers)
            return told if told[0] == 200 else (401, {"detail": f"wrong; {self.left} attempts left"})

    assert not asked(Counting()).told


def test_a_login_that_refuses_before_the_comparison_is_over_gives_no_verdict() -> None:
    class Limited(ByName):
        turn = 0

        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            self.turn += 1
            return super().login(user, password, headers) if self.turn < 5 else (429, {"detail": "later"})

    seen = asked(Limited())
    assert not seen.told
    assert "refuses" in seen.unsure[0]


def test_answers_at_random_give_no_verdict() -> None:
    class Random(ByName):
        turn = 0

        def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
            self.turn += 1
            told = super().login(user, password, headers)
            return told if told[0] == 200 else (401, {"joke": "abcdefghijkl"[self.turn % 12] * 3})

    assert not asked(Random()).told


class Hashing(ByName):
    """Hashes only the passwords of names that it knows, unless told to hash for all."""

    def __init__(self, *, always: bool = False, jitter: float = 0.0) -> None:
        super().__init__()
        self.always, self.jitter, self.turn = always, jitter, 0

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        self.turn += 1
        told = super().login(user, password, headers)
        spent = 0.060 if self.always or user in self.passwords else 0.004
        return (*told[:2], {}, spent + self.jitter * (self.turn * 7 % 11))


def test_a_hash_that_is_made_for_known_names_alone_shows_in_the_time() -> None:
    finding = found(Hashing())
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["enumeration"][0]["by"] == "time"
    assert "60 ms for a known name, 4 ms" in finding.proof


def test_equal_work_and_noise_show_nothing() -> None:
    assert not asked(Hashing(always=True)).told
    assert not asked(Hashing(always=True, jitter=0.005)).told
    assert not asked(Hashing(jitter=0.05)).told


RESET = {**NAMED, "/password/forgot": {"post": {"requestBody": body_of(username=1)}}}


def test_a_reset_that_knows_its_users_is_found() -> None:
    class Resetting(ByName):
        uniform = False

        def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
            if self.uniform or body["username"] in self.passwords:
                return 202, {"detail": "sent"}
            return 404, {"detail": "unknown"}

    faulty, sound = Resetting(), Resetting()
    sound.uniform = True
    told = asyncio.run(whois.asked(Signing(faulty, RESET, user="username"))).told
    assert [(each.operation, each.by) for each in told] == [("POST /password/forgot", "status")]
    assert not asyncio.run(whois.asked(Signing(sound, RESET, user="username"))).told


def test_sign_up_counts_low_and_only_where_addresses_are_registered() -> None:
    assert not asked(ByName()).told
    finding = found(People(), PATHS)
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)

    class Silent(People):
        def register(self, body: Mapping[str, Any]) -> Said:
            super().register(body)
            return 202, {"detail": "we have written to you"}

    assert not asked(Silent(), PATHS).told
