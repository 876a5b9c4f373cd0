"""A sign-in under way is told from another by what its requests carry, however that is spelt."""

from __future__ import annotations

import pytest

from exchanges import exchange
from ostiary.parts.attempts_sessions import bearer_of

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln"


@pytest.mark.parametrize("word", ["Bearer ", "bEARER ", "Bearer   ", "Token ", "JWT "])
def test_a_token_is_the_same_under_any_word(word: str) -> None:
    assert bearer_of(exchange("POST", "/verify", [("authorization", word + TOKEN)])) == (TOKEN.rpartition(".")[0],)


@pytest.mark.parametrize("value", ["Bearer opaque", "Basic YTpi", TOKEN, "Bearer"])
def test_what_is_no_token_tells_nobody_apart(value: str) -> None:
    assert bearer_of(exchange("POST", "/verify", [("authorization", value)])) == ()
