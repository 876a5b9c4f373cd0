"""Ids that can be guessed, and what is one's own only by an id."""

from __future__ import annotations

import copy
from typing import Any

from library import PATHS, asked
from ostiary.model import Outcome


def test_counters_are_found_plain_and_coded() -> None:
    for fault in ("counter", "coded"):
        result = asked("processing.uuid-ids", fault)
        assert result.outcome is Outcome.FAIL
        assert "count up" in result.why


def test_random_ids_pass() -> None:
    result = asked("processing.uuid-ids")
    assert result.findings[0].outcome is Outcome.PASS, result.why


def test_a_profile_that_opens_by_its_id_is_found_and_me_is_enough_else() -> None:
    assert asked("processing.me-not-user-id", "profile").outcome is Outcome.FAIL
    assert asked("processing.me-not-user-id").outcome is Outcome.PASS


def test_without_a_user_in_a_path_it_does_not_apply() -> None:
    paths: dict[str, Any] = {key: each for key, each in copy.deepcopy(PATHS).items() if "{username}" not in key}
    assert asked("processing.me-not-user-id", paths=paths).outcome is Outcome.NOT_APPLICABLE
