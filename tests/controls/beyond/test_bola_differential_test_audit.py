"""The matrix of two users, and the other ways to say whose something is."""

from __future__ import annotations

from library import asked
from ostiary.model import Outcome

ID = "beyond.bola-differential-test"


def test_a_name_in_the_body_that_changes_another_is_found() -> None:
    result = asked(ID, "named-self")
    assert result.outcome is Outcome.FAIL
    assert result.findings[0].places == ("PUT /profile",)
    assert result.findings[0].facts["fields"] == {"PUT /profile": "username"}


def test_a_sound_matrix_says_how_much_it_covers() -> None:
    result = asked(ID)
    assert result.outcome is Outcome.PASS, result.why
    assert "operations that name an object could be compared" in result.why


def test_what_the_ownership_check_finds_is_not_found_twice() -> None:
    result = asked(ID, "read")
    assert result.outcome is Outcome.UNKNOWN
    assert "userdata.ownership-check" in result.why
