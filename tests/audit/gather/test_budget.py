"""No check can spend what another one needs, and none can spend more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.audit.gather.budget import CLEANER, CLEANING, EACH, FIXED, GUARANTEED, MOST, Budget
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


def test_without_a_number_it_grows_with_the_document() -> None:
    budget = Budget()
    assert budget.total == FIXED
    budget.cover(20)
    assert budget.total == FIXED + 20 * EACH
    assert Budget(intrusive=True).total > FIXED  # accounts are guessed at, and limits measured
    budget.cover(1_000_000)
    assert budget.total == MOST


def test_a_number_holds_whatever_the_document_says_and_may_be_tight() -> None:
    budget = Budget(300)
    budget.cover(20)
    assert budget.total == 300
    assert budget.tight
    roomy = Budget(5000)
    roomy.cover(20)
    assert not roomy.tight


def test_a_stage_spends_no_more_than_its_share() -> None:
    budget = Budget(100)
    budget.enter(["early", "too"], share=0.3)
    assert spend_all(budget, "early") + spend_all(budget, "too") == 30
    budget.enter(["late"])
    assert spend_all(budget, "late") == 70


def test_later_stages_have_no_reserve_in_earlier_ones() -> None:
    """What is asked first matters most: it may leave nothing."""
    budget = Budget(60)
    budget.enter(["first"])
    assert spend_all(budget, "first") == 60
    budget.enter(["second"])
    with pytest.raises(Unanswerable):
        budget.spend("second")
    assert "second" in budget.starved


def test_a_check_sends_no_more_than_its_plan_says() -> None:
    budget = Budget(1000)
    budget.enter(["planned", "other"], limits={"planned": 7})
    assert spend_all(budget, "planned") == 7
    with pytest.raises(Unanswerable, match="7 requests that this check may send"):
        budget.spend("planned")


def test_cleaning_up_is_possible_when_nothing_is_left_and_ends_too() -> None:
    budget = Budget(5, ["greedy"])
    spend_all(budget, "greedy")
    assert budget.left == 0
    budget.spend(CLEANER)
    budget.clean()
    assert spend_all(budget, "the objects") == CLEANING
    assert budget.used - budget.cleaned <= 6
