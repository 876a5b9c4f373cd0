"""Two accounts that the audit registers itself: what one owns, the other reads, lists, writes, deletes, or does not."""

from __future__ import annotations

import pytest

from library import asked
from ostiary.model import Confidence, Outcome

ID = "userdata.ownership-check"


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        ("read", "GET /notes/{note_id}"),
        ("write", "PUT /notes/{note_id}"),
        ("delete", "DELETE /notes/{note_id}"),
        ("list", "GET /notes"),
        ("password", "PUT /users/{username}/password"),
        ("profile", "GET /users/{username}"),
    ],
)
def test_what_another_user_reaches_is_found_at_its_place(fault: str, place: str) -> None:
    result = asked(ID, fault)
    assert result.outcome is Outcome.FAIL
    finding = result.findings[0]
    assert finding.places == (place,)
    assert place in finding.proof
    assert 1 <= len(finding.evidence) <= 4
    assert finding.confidence is Confidence.CERTAIN


def test_a_sound_api_passes_though_it_answers_a_foreign_password_change_with_204() -> None:
    result = asked(ID)
    assert result.outcome is Outcome.PASS, result.why


def test_a_refusal_that_says_200_is_a_refusal() -> None:
    assert asked(ID, "polite").outcome is Outcome.PASS


def test_what_everybody_is_shown_in_a_list_may_be_shared() -> None:
    result = asked(ID, "shared")
    assert result.outcome is not Outcome.FAIL, result.why


def test_an_address_book_of_all_belongs_to_nobody() -> None:
    """Flask-AppBuilder's contacts: who may write at all, may write to each of them, and none names an owner."""
    result = asked(ID, "common", "nameless")
    assert result.outcome is Outcome.UNKNOWN
    assert "shared on purpose?" in result.why
    assert "PUT /notes/{note_id}" in result.why


@pytest.mark.parametrize(
    "faults", [("common",), ("read", "write", "delete", "nameless"), ("shared", "write", "nameless")]
)
def test_what_names_an_owner_or_keeps_something_for_him_is_his(faults: tuple[str, ...]) -> None:
    result = asked(ID, *faults)
    assert result.outcome is Outcome.FAIL, result.why
    assert "PUT /notes/{note_id}" in result.findings[0].places


def test_what_nobody_is_refused_is_not_this_fault() -> None:
    assert asked(ID, "read", "open-reads").outcome is not Outcome.FAIL
    assert asked(ID, "delete", "open-deletes").outcome is not Outcome.FAIL
