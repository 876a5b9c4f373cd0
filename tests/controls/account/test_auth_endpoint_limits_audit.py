"""Codes may be guessed at and sent for ever only where nothing stops it, which the right code proves where it is known."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from ostiary.controls.account.auth_endpoint_limits.live import MOST, audit_live
from ostiary.model import Confidence, Finding, Outcome
from signing import PATHS, People, Said, Signing, body_of

OTP: dict[str, Any] = {
    **PATHS,
    "/otp/send": {"post": {"requestBody": body_of(email=1)}},
    "/otp/verify": {"post": {"requestBody": body_of(email=1, otp=1)}},
}


def asked(says: People, paths: Mapping[str, Any] = OTP) -> Finding:
    return asyncio.run(audit_live(Signing(says, paths)))


class Codes(People):
    """Codes by mail; ``tells`` them in the reply; ``tries`` and ``sends`` are limits, 0: none."""

    def __init__(
        self, *, tries: int = 0, sends: int = 0, tells: bool = False, silent: bool = False, believes: str = ""
    ) -> None:
        super().__init__()
        self.tries, self.sends, self.tells, self.silent, self.believes = tries, sends, tells, silent, believes
        self.codes: dict[str, str] = {}
        self.tried: Counter[tuple[str, str]] = Counter()
        self.sent: Counter[str] = Counter()

    def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        user = str(body.get("email"))
        if path == "/otp/send":
            self.sent[user] += 1
            if self.sends and self.sent[user] > self.sends:
                return 429, {"detail": "wait"}, {"Retry-After": "60"}
            self.codes[user] = f"{918273 + self.sent[user]}"
            return 202, {"detail": "sent", "otp": self.codes[user]} if self.tells else {"detail": "sent"}
        if "otp" not in body:
            return 422, {"detail": "otp is missing"}
        key = (user, headers.get(self.believes, ""))
        self.tried[key] += 1
        if self.tries and self.tried[key] > self.tries:
            return (400, {"detail": "wrong code"}) if self.silent else (429, {"detail": "too many"})
        return (200, {"detail": "ok"}) if body["otp"] == self.codes.get(user) else (400, {"detail": "wrong code"})


def test_codes_without_a_limit_are_found_certainly_where_the_right_one_can_be_tried() -> None:
    finding = asked(Codes(tells=True))
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.CERTAIN)
    assert finding.facts["operations"][0] == {
        "operation": "POST /otp/verify", "role": "otp-verify", "guesses": MOST, "limit": None,
        "seconds": finding.facts["operations"][0]["seconds"],
    }  # fmt: skip
    assert "POST /otp/verify" in finding.places


def test_where_it_cannot_be_tried_the_finding_is_tentative() -> None:
    finding = asked(Codes())
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.TENTATIVE)
    assert finding.places == ("POST /otp/verify",)


def test_limits_on_both_pass() -> None:
    finding = asked(Codes(tries=5, sends=2))
    assert finding.outcome is Outcome.PASS
    assert "refused (429)" in finding.why


def test_a_limit_of_tries_alone_leaves_the_sending_open() -> None:
    assert asked(Codes(tries=5)).outcome is Outcome.UNKNOWN
    finding = asked(Codes(tries=5, tells=True))
    assert finding.outcome is Outcome.FAIL
    assert finding.places == ("POST /otp/send",)


def test_codes_that_run_out_silently_are_no_fault_where_that_can_be_told() -> None:
    assert asked(Codes(tries=5, sends=2, tells=True, silent=True)).outcome is Outcome.PASS


def test_a_limit_that_believes_a_header_is_none() -> None:
    finding = asked(Codes(tries=5, sends=2, believes="x-forwarded-for"))
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["operations"][0]["bypass"] == "forwarding headers"


def test_codes_that_nobody_looks_at_prove_nothing() -> None:
    class Deaf(Codes):
        def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
            return (
                super().rest(method, path, body, headers) if path == "/otp/send" else (400, {"detail": "bad request"})
            )

    assert asked(Deaf(sends=2)).outcome is Outcome.UNKNOWN


class Pending(Codes):
    """Whatever code is pending signs somebody in, whoever asks."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(**limits)
        self.guessed: list[str] = []

    def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        self.guessed.append(str(body.get("otp", "")))
        return super().rest(method, path, {**body, "email": "anybody"}, headers)


def test_a_code_of_nobody_in_particular_is_guessed_at_though_nothing_is_known_to_send_one() -> None:
    takes = body_of(otp=1)
    takes["content"]["application/json"]["schema"]["properties"]["otp"] = {"type": "string", "example": "9999"}
    alone = {**PATHS, "/otp/verify": {"post": {"requestBody": takes}}}
    careless = Pending()
    finding = asked(careless, alone)
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.TENTATIVE)
    assert {len(each) for each in careless.guessed if each} == {4}, "as long as the document's example"
    assert asked(Pending(tries=5), alone).outcome is Outcome.PASS
    of_somebody = {**PATHS, "/otp/verify": {"post": {"requestBody": body_of(email=1, otp=1)}}}
    assert asked(Pending(), of_somebody).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("paths", [PATHS, {"/me": {"get": {}}}])
def test_an_api_without_codes_is_not_concerned(paths: Mapping[str, Any]) -> None:
    assert asked(People(), paths).outcome is Outcome.NOT_APPLICABLE


def test_a_reset_with_a_long_token_is_not_guessed_at_and_one_with_a_short_code_is() -> None:
    class Resets(People):
        def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
            if path == "/password/forgot":
                return 202, {"detail": "sent"}
            return (400, {"detail": "wrong"}) if {"token", "reset_code"} & body.keys() else (422, {"detail": "missing"})

    paths = {**PATHS, "/password/forgot": {"post": {"requestBody": body_of(email=1)}}}
    long = {**paths, "/password/reset": {"post": {"requestBody": body_of(token=1, new_password=1)}}}
    short = {**paths, "/password/reset": {"post": {"requestBody": body_of(email=1, reset_code=1, new_password=1)}}}
    assert asked(Resets(), long).outcome is Outcome.UNKNOWN
    assert asked(Resets(), short).places == ("POST /password/reset",)
