"""Codes of authenticator apps: RFC 6238's own numbers, the three steps that count, and what is no code at all."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.parts.one_time_passwords import LENGTH, STEP, step_of, uri_of, written

SECRET = b"12345678901234567890"  # RFC 6238 appendix B
VECTORS = [  # the last six of its eight digits
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
    (20000000000, "353130"),
]  # fmt: skip


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_the_vectors_of_rfc_6238_hold(now: int, code: str) -> None:
    assert step_of(SECRET, code, now) == now // STEP


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_a_code_counts_one_step_late_or_early_and_not_two(now: int, code: str) -> None:
    step = now // STEP
    begins = step * STEP
    assert step_of(SECRET, code, begins + 2 * STEP - 0.001) == step
    assert step_of(SECRET, code, begins + 2 * STEP) is None
    if begins >= 2 * STEP:
        assert step_of(SECRET, code, begins - STEP) == step
        assert step_of(SECRET, code, begins - STEP - 0.001) is None


@pytest.mark.parametrize("code", ["279 037", " 279037 ", "279-037"])
def test_blanks_and_hyphens_do_not_matter(code: str) -> None:
    assert step_of(SECRET, code, 2000000000) == 2000000000 // STEP


@pytest.mark.parametrize(
    "code",
    ["", "27903", "2790370", "0279037", "69279037", "\uff12\uff17\uff19\uff10\uff13\uff17", "\u0662\u0667\u0669\u0660\u0663\u0667", "27903a", "+279037", "-1", "279037\n1", "2" * 10_000,
     "279.037", "0x4420d", "279037\x00"],
)  # fmt: skip
def test_what_is_no_code_is_none(code: str) -> None:
    """Digits of other scripts too: pyotp would fold them, and what is stored or logged would not be what was compared."""
    assert step_of(SECRET, code, 2000000000) is None


@given(st.text(max_size=40), st.floats(min_value=100, max_value=4e9))
def test_anything_may_be_typed(code: str, now: float) -> None:
    assert step_of(SECRET, code, now) in {None, *range(int(now) // STEP - 1, int(now) // STEP + 2)}


def test_another_secret_has_other_codes() -> None:
    assert step_of(bytes(LENGTH), "279037", 2000000000) is None


def test_the_secret_is_written_as_apps_read_it() -> None:
    assert written(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert LENGTH * 8 == 160


def test_the_uri_names_the_service_and_the_account() -> None:
    parts = urlsplit(uri_of(SECRET, account="ada@example.test", service="A&B: c?d"))
    asked = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/A&B  c?d:ada@example.test"
    assert asked == {"secret": [written(SECRET)], "issuer": ["A&B  c?d"]}
