"""A challenge that appears has to be solved; one that is declared and never asked for is decoration."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ostiary.controls.account.captcha_challenge.live import audit_live
from ostiary.controls.account.captcha_challenge.spec import audit_spec
from ostiary.evidence import Spec
from ostiary.model import Finding, Outcome
from signing import PATHS, People, Said, Signing, body_of, named

DECLARED = {**PATHS, "/login": {"post": {"requestBody": body_of(email=1, password=1, captcha_token=1)}}}


def asked(says: People, paths: Mapping[str, Any] = PATHS) -> Finding:
    return asyncio.run(audit_live(Signing(says, paths)))


class Challenging(People):
    """Asks for a solution after three failures; checks that it is right, that there is one, or nothing."""

    def __init__(self, checks: str = "solution") -> None:
        super().__init__()
        self.checks = checks
        self.failures: Counter[str] = Counter()
        self.given = ""

    def __call__(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        self.given = str(body.get("captcha_token", body.get("captcha", "")))
        return super().__call__(method, path, body, headers)

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        right = self.passwords.get(user) == password
        solved = {"solution": self.given == "42", "presence": bool(self.given), "nothing": right}[self.checks]
        if self.failures[user] >= 3 and not solved:
            return 403, {"title": "captcha required", "challenge": "q"}
        self.failures[user] += not right
        return super().login(user, password, headers)


def test_a_challenge_that_is_enforced_passes() -> None:
    finding = asked(Challenging(), DECLARED)
    assert finding.outcome is Outcome.PASS
    assert "guess 4" in finding.why


def test_a_challenge_that_any_text_or_none_solves_is_found() -> None:
    assert "made-up" in asked(Challenging("presence"), DECLARED).why
    finding = asked(Challenging("nothing"))
    assert finding.outcome is Outcome.FAIL
    assert "without a solution" in finding.why


def test_a_field_that_nobody_looks_at_is_found() -> None:
    finding = asked(People(), DECLARED)
    assert finding.outcome is Outcome.FAIL
    assert finding.facts["fields"] == ["captcha_token"]


def test_without_a_challenge_no_verdict_is_given() -> None:
    assert asked(People()).outcome is Outcome.UNKNOWN


def test_a_document_tells_of_a_challenge_or_does_not() -> None:
    assert asyncio.run(audit_spec(Spec(api=named(DECLARED)))).outcome is Outcome.PASS
    assert asyncio.run(audit_spec(Spec(api=named(PATHS)))).outcome is Outcome.UNKNOWN
    assert asyncio.run(audit_spec(Spec(api=named({"/me": {"get": {}}})))).outcome is Outcome.NOT_APPLICABLE
