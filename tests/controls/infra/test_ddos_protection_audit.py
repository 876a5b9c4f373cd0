"""A network in front is named by its own header, and a person says what lies behind it."""

from __future__ import annotations

import asyncio

import pytest

from ostiary.controls.infra.ddos_protection.live import audit_live
from ostiary.model import Outcome
from recorded import Recorded, said


@pytest.mark.parametrize(
    ("field", "who"),
    [(("cf-ray", "8f2"), "Cloudflare"), (("x-amz-cf-id", "a=="), "CloudFront"), (("server", "AkamaiGHost"), "Akamai")],
)
def test_a_network_in_front_raises_the_question_of_the_origin(field: tuple[str, str], who: str) -> None:
    finding = asyncio.run(audit_live(Recorded([said(200, [field])])))
    assert finding.outcome is Outcome.ATTEST
    assert who in finding.why


@pytest.mark.parametrize("base", ["https://api.example.com", "http://127.0.0.1:8000", "http://localhost:1"])
def test_no_sign_is_no_verdict(base: str) -> None:
    assert asyncio.run(audit_live(Recorded([said(200, [("server", "nginx")])], base=base))).outcome is Outcome.UNKNOWN
