"""A login that takes the digest of a password is found; logins that take passwords pass."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

import pytest

from ostiary import catalogue
from ostiary.controls.input.server_side_encryption import audit_live
from ostiary.evidence import Spec
from ostiary.model import Finding, Kind, Outcome
from signing import PATHS, People, Said, Signing, body_of, named

SPEC = catalogue.control("input.server-side-encryption").audits[Kind.SPEC]


class Digesting(People):
    """Takes the password, or a digest of it; `most` failures lock the account."""

    def __init__(self, algorithm: str = "", most: int = 99, *, anything: bool = False) -> None:
        super().__init__()
        self.algorithm, self.most, self.anything, self.failures = algorithm, most, anything, 0

    def login(self, user: str, password: str, headers: Mapping[str, str]) -> Said:
        known = self.passwords.get(user, "")
        right = {known} | ({hashlib.new(self.algorithm, known.encode()).hexdigest()} if self.algorithm else set())
        if self.failures < self.most and known and (password in right or self.anything):
            return 200, {"token": f"token-of-{user}"}
        self.failures += 1
        return 401, {"detail": "wrong"}


def asked(people: People) -> Finding:
    return asyncio.run(audit_live(Signing(people)))


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_login_that_takes_a_digest_is_found(algorithm: str) -> None:
    assert asked(Digesting(algorithm)).outcome is Outcome.FAIL


def test_a_login_that_takes_only_the_password_passes() -> None:
    assert asked(Digesting()).outcome is Outcome.PASS


def test_logins_that_lock_or_let_everybody_in_prove_nothing() -> None:
    assert asked(Digesting("md5", most=1)).outcome is Outcome.UNKNOWN
    assert asked(Digesting(anything=True)).outcome is Outcome.UNKNOWN


def document(**fields: int) -> Finding:
    login = {"/login": {"post": {"requestBody": body_of(**fields)}}}

    async def reading() -> Finding:
        return await SPEC(Spec(api=named(PATHS | login)))

    return asyncio.run(reading())


def test_a_document_that_asks_for_digests_is_found() -> None:
    assert document(email=1, password_hash=1).outcome is Outcome.FAIL
    assert document(email=1, password=1).outcome is Outcome.PASS
    assert document(email=1, password=1, passwordHash=1).outcome is Outcome.PASS, "the server has the password as well"
    assert document(email=1, masterPasswordHash=1).outcome is Outcome.PASS, (
        "end to end by design: for people to explain"
    )
