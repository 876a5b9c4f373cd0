"""Powers sent along with a registration, a profile and an object; only what is read back convinces."""

from __future__ import annotations

import pytest

from library import asked
from ostiary.model import Outcome

ID = "beyond.mass-assignment"


@pytest.mark.parametrize(
    ("fault", "place", "field"),
    [
        ("bind-register", "POST /register", "admin"),
        ("bind-update", "PUT /me", "admin"),
        ("bind-note", "POST /notes", "approved"),
    ],
)
def test_a_field_that_is_taken_is_named_with_its_operation(fault: str, place: str, field: str) -> None:
    result = asked(ID, fault, intrusive=True)
    assert result.outcome is Outcome.FAIL
    finding = result.findings[0]
    assert place in finding.places
    assert field in finding.facts["fields"][place]


def test_accepted_and_dropped_is_no_finding() -> None:
    result = asked(ID, intrusive=True)
    assert result.outcome is Outcome.PASS, result.why


def test_nothing_is_tried_unless_it_is_allowed() -> None:
    assert asked(ID, "bind-register").outcome is Outcome.UNKNOWN
