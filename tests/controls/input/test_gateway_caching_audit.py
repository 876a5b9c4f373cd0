"""A cache that keeps one user's reply for the next."""

from __future__ import annotations

from library import asked
from ostiary.model import Outcome

ID = "input.gateway-caching"


def test_what_is_kept_for_one_user_and_served_to_another_is_found() -> None:
    result = asked(ID, "cache")
    assert result.outcome is Outcome.FAIL
    assert "is served what was kept for" in result.why


def test_each_users_own_passes() -> None:
    assert asked(ID).outcome is Outcome.PASS


def test_a_list_that_shows_everybody_everything_is_no_cache() -> None:
    result = asked(ID, "shared")
    assert result.outcome is not Outcome.FAIL, result.why


def test_nor_is_it_one_where_no_unknown_parameter_is_taken() -> None:
    result = asked(ID, "shared", "strict")
    assert result.outcome is not Outcome.FAIL, result.why
    assert asked(ID, "strict").outcome is Outcome.PASS
