"""Secrets of resets that an API shows are looked at: a pattern, a second use, an older one, no end; and no further."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ostiary.controls.account import reset_token_expiry, reset_token_random, reset_token_single_use
from ostiary.controls.account.otp_not_in_response.live import audit_live as told_live
from ostiary.model import Finding, Outcome
from ostiary.parts.seen.tokens import made
from signing import PATHS, People, Said, Signing, body_of

RESET: dict[str, Any] = {
    **PATHS,
    "/password/forgot": {"post": {"requestBody": body_of(email=1)}},
    "/password/reset": {"post": {"requestBody": body_of(token=1, new_password=1)}},
    "/outbox": {"get": {}},
}
Make = Callable[[str, int], str]


class Resets(People):
    """Sends secrets of resets to a mailbox that developers can read, or tells them in the reply."""

    def __init__(
        self, make: Make = lambda *_: secrets.token_urlsafe(32), *, tells: bool = False, hides: bool = False,
        many: bool = False, siblings: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.make, self.tells, self.hides, self.many, self.siblings = make, tells, hides, many, siblings
        self.live: dict[str, str] = {}
        self.mails: list[dict[str, str]] = []
        self.turn = 0

    def rest(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Said:
        if path == "/outbox":
            return 200, [] if self.hides else self.mails
        if path == "/password/forgot":
            user, self.turn = str(body["email"]), self.turn + 1
            token = self.make(user, self.turn)
            if not self.siblings:
                self.live = {key: value for key, value in self.live.items() if value != user}
            self.live[token] = user
            self.mails.append({"to": user, "text": f"Visit https://a.test/reset?token={token} now"})
            return 202, {"detail": "sent", "token": token} if self.tells else {"detail": "sent"}
        owner = self.live.get(str(body.get("token")))
        if owner is None:
            return 400, {"detail": "bad token"}
        self.passwords[owner] = str(body["new_password"])
        if not self.many:
            self.live = {key: value for key, value in self.live.items() if self.siblings and key != body["token"]}
        return 200, {"detail": "changed"}


def asked(audit: Any, says: People, paths: Mapping[str, Any] = RESET) -> Finding:
    finding = asyncio.run(audit(Signing(says, paths)))
    assert isinstance(finding, Finding)
    return finding


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda user, _: hashlib.md5(user.encode()).hexdigest(), "md5"),
        (lambda user, _: base64.b64encode(user.encode()).decode(), "base64"),
        (lambda user, turn: base64.b64encode(f"{user}:{turn}".encode()).decode(), "in the clear"),
        (lambda _, turn: f"{10_000_000_000 + turn * 3}", "a little more"),
        (lambda _, __: f"{int(time.time())}", "moment"),
        (lambda _, __: str(uuid.uuid1()), "version 1"),
        (lambda _, __: "same-for-everybody-and-ever", "same each time"),
        (lambda _, turn: f"reset-of-this-service-{turn:04d}", "begin with the same"),
    ],
)
def test_secrets_that_can_be_worked_out_are_found(make: Make, why: str) -> None:
    finding = asked(reset_token_random.audit_live, Resets(make))
    assert finding.outcome is Outcome.FAIL, finding
    assert why in finding.why
    assert finding.places == ("POST /password/forgot",)


@pytest.mark.parametrize(
    "make",
    [
        lambda *_: secrets.token_urlsafe(32),
        lambda *_: secrets.token_hex(16),
        lambda *_: str(uuid.uuid4()),
        lambda user, turn: made(
            {"alg": "HS256"}, {"sub": user, "n": turn, "exp": time.time() + 900}, secrets.token_bytes(32)
        ),
    ],
)
def test_random_and_signed_secrets_pass(make: Make) -> None:
    assert asked(reset_token_random.audit_live, Resets(make)).outcome is Outcome.PASS


def test_short_codes_and_hidden_secrets_give_no_verdict() -> None:
    code = asked(reset_token_random.audit_live, Resets(lambda *_: f"{secrets.randbelow(900_000) + 100_000}"))
    assert code.outcome is Outcome.UNKNOWN
    for audit in (reset_token_random.audit_live, reset_token_expiry.audit_live, reset_token_single_use.audit_live):
        assert "mailbox" in asked(audit, Resets(hides=True)).why
        assert asked(audit, People(), PATHS).outcome is Outcome.NOT_APPLICABLE


def test_a_secret_that_works_once_passes_and_one_that_works_twice_is_found() -> None:
    assert asked(reset_token_single_use.audit_live, Resets()).outcome is Outcome.PASS
    twice = asked(reset_token_single_use.audit_live, Resets(many=True))
    assert (twice.outcome, twice.places) == (Outcome.FAIL, ("POST /password/reset",))
    assert "again" in twice.why
    assert "older" in asked(reset_token_single_use.audit_live, Resets(siblings=True)).why


def test_an_older_secret_dies_with_a_newer_one_or_is_found() -> None:
    assert asked(reset_token_expiry.audit_live, Resets()).outcome is Outcome.UNKNOWN  # its life only the operator knows
    assert asked(reset_token_expiry.audit_live, Resets(siblings=True)).outcome is Outcome.FAIL


@pytest.mark.parametrize(("claims", "why"), [({}, "for ever"), ({"exp": time.time() + 86_400}, "minutes")])
def test_a_signed_secret_says_itself_how_long_it_lives(claims: dict[str, float], why: str) -> None:
    def make(user: str, turn: int) -> str:
        return made({"alg": "HS256"}, {"sub": user, "n": turn, **claims}, b"k" * 32)

    finding = asked(reset_token_expiry.audit_live, Resets(make))
    assert finding.outcome is Outcome.FAIL
    assert why in finding.why


def test_a_secret_in_the_reply_is_told_to_whoever_asks() -> None:
    assert asked(told_live, Resets(tells=True)).outcome is Outcome.FAIL
    assert asked(told_live, Resets()).outcome is Outcome.PASS


def test_beside_a_code_a_token_only_says_which_reset_is_meant() -> None:
    paths = {**RESET, "/password/reset": {"post": {"requestBody": body_of(token=1, code=1, new_password=1)}}}
    assert asked(told_live, Resets(tells=True), paths).outcome is Outcome.PASS
