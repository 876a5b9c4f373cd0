"""No check can spend what another one needs, and none can spend more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.audit.gather.budget import GUARANTEED, Budget
from ostiary.errors import Unanswerable


def spend_all(budget: Budget, check: str) -> int:
    spent = 0
    while True:
        try:
            budget.spend(check)
        except Unanswerable:
            return spent
        spent += 1


def test_a_greedy_check_leaves_the_others_their_reserve() -> None:
    budget = Budget(100, ["greedy", "modest", "late"])
    assert spend_all(budget, "greedy") <= 100 - 2 * GUARANTEED
    assert spend_all(budget, "modest") >= GUARANTEED
    assert spend_all(budget, "late") >= GUARANTEED


def test_what_a_finished_check_did_not_need_is_free_for_others() -> None:
    budget = Budget(40, ["a", "b", "c"])
    budget.done("b")
    budget.done("c")
    assert spend_all(budget, "a") == GUARANTEED  # its share of a small budget
    assert budget.left == 40 - GUARANTEED


def test_a_large_budget_is_capped_per_check() -> None:
    assert spend_all(Budget(2000, ["a", "b"]), "a") == 500


def test_whose_share_is_spent_is_remembered_and_told_what_to_do() -> None:
    budget = Budget(1, ["a"])
    budget.spend("a")
    with pytest.raises(Unanswerable, match="--budget"):
        budget.spend("a")
    assert budget.starved == {"a"}


@given(st.integers(0, 300), st.lists(st.sampled_from("abcdef"), max_size=600))
def test_the_total_is_never_exceeded(total: int, asking: list[str]) -> None:
    budget = Budget(total, "abcdef")
    for each in asking:
        try:
            budget.spend(each)
        except Unanswerable:
            budget.done(each)
    assert budget.used <= total
