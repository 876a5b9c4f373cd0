"""Guessing passwords at logins that others wrote."""

from __future__ import annotations

import pytest

from exchanges import head
from logins import FOREIGN, RIGHT, Clock, ask, guarded

ONLY = ("auth.login-jail", "beyond.host-and-proxy-trust")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_login_is_watched_by_its_replies(name: str) -> None:
    sample = FOREIGN[name]
    app = sample.app()
    guard = guarded(app, sample.api(), Clock(), only=ONLY)
    first = [ask(guard, sample, "alice", f"guess {n}") for n in range(8)]
    assert [each.status == 429 for each in first] == [False] * 5 + [True] * 3
    assert len(app.tried) == 5
    assert head(first[-1], "retry-after") == "60"
    right = ask(guard, sample, "alice", RIGHT)
    assert right.status == 429, "the right password tells nothing while jailed"
    assert len(app.tried) == 5


@pytest.mark.parametrize("name", FOREIGN)
def test_who_signs_in_at_a_foreign_login_is_never_held_up(name: str) -> None:
    sample = FOREIGN[name]
    app = sample.app()
    guard = guarded(app, sample.api(), Clock(), only=ONLY)
    statuses = {ask(guard, sample, "alice", RIGHT).status for _ in range(40)}
    assert statuses <= {200, 302}
    for _ in range(4):
        ask(guard, sample, "alice", "typo")
    assert ask(guard, sample, "alice", RIGHT).status in {200, 302}
    for _ in range(4):  # the success cleared the strikes
        assert ask(guard, sample, "alice", "typo").status != 429
