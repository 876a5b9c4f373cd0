"""A user's own object without credentials: read, replaced, deleted."""

from __future__ import annotations

import pytest

from library import asked
from ostiary.model import Outcome

ID = "processing.all-endpoints-authenticated"


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        ("open-reads", "GET /notes/{note_id}"),
        ("open-writes", "PUT /notes/{note_id}"),
        ("open-deletes", "DELETE /notes/{note_id}"),
    ],
)
def test_one_method_that_asks_nobody_is_found(fault: str, place: str) -> None:
    result = asked(ID, fault)
    assert result.outcome is Outcome.FAIL
    assert place in result.findings[0].places


def test_a_sound_api_passes() -> None:
    result = asked(ID)
    assert result.outcome is Outcome.PASS, result.why
