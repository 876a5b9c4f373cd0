"""A document's private operations: served inside, bound to a certificate, or open to whoever finds them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exchanges import api_of
from ostiary import catalogue
from ostiary.evidence import Spec
from ostiary.model import Finding, Kind, Outcome
from shop import OK

PRIVATE = {"x-audience": "private"}
CERTIFICATE = {"securitySchemes": {"mtls": {"type": "mutualTLS"}}}


@pytest.mark.parametrize(
    ("operation", "more", "outcome"),
    [
        ({}, {}, Outcome.NOT_APPLICABLE),
        (PRIVATE, {}, Outcome.UNKNOWN),
        (PRIVATE, {"servers": [{"url": "https://orders.internal/"}]}, Outcome.PASS),
        (PRIVATE | {"security": [{"mtls": []}]}, {"components": CERTIFICATE}, Outcome.PASS),
        (PRIVATE | {"security": []}, {"servers": [{"url": "https://api.example.com"}]}, Outcome.FAIL),
        (PRIVATE | {"security": []}, {"servers": [{"url": "https://10.0.0.7"}]}, Outcome.PASS),
        ({"security": []}, {"servers": [{"url": "https://api.example.com"}]}, Outcome.NOT_APPLICABLE),
    ],
)
def test_documents(operation: dict[str, Any], more: dict[str, Any], outcome: Outcome) -> None:
    api = api_of({"/orders": {"get": {"responses": OK, **operation}}}, **more)
    check = catalogue.control("access.private-allowlist").audits[Kind.SPEC]
    finding: Finding = asyncio.run(check(Spec(api=api)))  # type: ignore[arg-type]  # a coroutine
    assert finding.outcome is outcome, finding.why
