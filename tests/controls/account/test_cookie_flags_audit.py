"""Session cookies of real frameworks, as they set them by default."""

from __future__ import annotations

from pathlib import Path

import pytest

import samples
from closing import audited
from ostiary.evidence import Answer
from ostiary.model import Finding, Outcome, Severity
from recorded import Recorded, said

ID = "account.cookie-flags"
REAL = [
    (server, situation)
    for server in samples.servers()
    for situation in samples.situations(server)
    if b"\nset-cookie:" in samples.raw(server, situation).lower()
]


def judged(*answers: Answer, base: str = "http://127.0.0.1:8000") -> Finding:
    return audited(ID, Recorded(answers, base=base))


def test_there_are_real_ones() -> None:
    assert len(REAL) >= 8, Path(samples.__file__).parent


@pytest.mark.parametrize(("server", "situation"), REAL)
def test_real_session_cookies_are_judged_by_their_flags(server: str, situation: str) -> None:
    answer = samples.sample(server, situation)
    field = answer.all("set-cookie")[0].lower()
    finding = judged(answer)
    assert finding.outcome is (Outcome.PASS if "httponly" in field and "samesite" in field else Outcome.FAIL), field
    assert judged(answer, base="https://api.test").outcome is (Outcome.PASS if "secure" in field else Outcome.FAIL)


def of(field: str, **rest: str) -> Finding:
    return judged(said(200, [("set-cookie", field)], "{}"), **rest)


def test_flags_count_where_they_matter() -> None:
    assert of("session=abc; HttpOnly; SameSite=Lax").outcome is Outcome.PASS  # on loopback in clear text
    assert of("session=abc; HttpOnly; SameSite=Lax", base="http://10.1.2.3").outcome is Outcome.FAIL
    assert of("session=abc; Secure; HttpOnly; SameSite=Lax", base="https://api.test").outcome is Outcome.PASS
    assert of("session=abc; Secure; HttpOnly", base="https://api.test").severity is Severity.MEDIUM
    assert of("session=abc; Path=/").outcome is Outcome.FAIL


@pytest.mark.parametrize("field", ["csrftoken=a1b2c3; SameSite=Lax", "lang=de", "session=; Max-Age=0; Path=/"])
def test_other_cookies_are_left_alone(field: str) -> None:
    assert of(field).outcome is Outcome.NOT_APPLICABLE
