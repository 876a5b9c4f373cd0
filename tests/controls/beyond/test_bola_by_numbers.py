"""Numbers that name accounts are no ids of objects: sign-in tells them, and whoever names another's reads what is in it."""

from __future__ import annotations

import pytest

from ledger import asked
from ostiary.model import Outcome

ID = "beyond.bola-differential-test"


@pytest.mark.parametrize("fault", ["numbers", "open"])
def test_another_account_is_read_by_its_number(fault: str) -> None:
    result = asked(ID, fault)
    assert result.outcome is Outcome.FAIL, result.why
    finding = next(each for each in result.findings if each.outcome is Outcome.FAIL)
    assert set(finding.places) == {"GET /balance/{account_number}", "GET /entries"}
    assert ("nobody as well" in result.why) is (fault == "open")


def test_a_number_that_opens_its_owners_account_alone_is_no_finding() -> None:
    assert asked(ID).outcome is not Outcome.FAIL
