"""An ordinary account asks for a role, and for the list of all others."""

from __future__ import annotations

import pytest

from library import asked
from ostiary.model import Outcome

ID = "beyond.function-level-authorization"


@pytest.mark.parametrize(("fault", "place"), [("role", "PUT /users/role"), ("list-users", "GET /users")])
def test_what_an_ordinary_account_gets_is_found(fault: str, place: str) -> None:
    result = asked(ID, fault)
    assert result.outcome is Outcome.FAIL
    assert result.findings[0].places == (place,)


def test_an_account_that_gets_no_role_and_no_list_is_evidence() -> None:
    result = asked(ID)
    assert result.outcome is Outcome.PASS, result.why


def test_a_directory_of_names_is_no_administrators_list() -> None:
    assert asked(ID, "list-users", "names-only").outcome is not Outcome.FAIL
