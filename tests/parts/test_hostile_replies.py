"""What strangers get an application to repeat is read in a time that grows with its length, and no faster."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from exchanges import exchange
from ostiary.model import Exchange
from ostiary.parts.attempts_outcome import judge_of
from ostiary.parts.claims import tokens_in
from ostiary.parts.graphql_requests import without_suggestions
from ostiary.parts.ownership_replies import drop_counting
from ostiary.parts.redirects import places
from ostiary.strict import dumps

KIB = 1024


def headed(name: bytes, value: str) -> Callable[[], object]:
    made = exchange("GET", "/items")
    made.status = 200
    made.reply_headers = [(name, value.encode())]
    if name == b"link":
        return lambda: drop_counting(made)
    return lambda: list(places(made))


def paged(page: bytes) -> Exchange:
    made = exchange("POST", "/login")
    made.status = 200
    made.reply_headers = [(b"content-type", b"text/html")]
    made.reply_body = page
    return made


@pytest.mark.parametrize(
    "read",
    [
        lambda: list(tokens_in({"name": "eyJ" * 20 * KIB})),
        lambda: list(tokens_in({"name": "eyJaaaaaaaa." * 5 * KIB})),
        lambda: list(tokens_in({"name": "eyJ" + "a" * 30 * KIB + ".eyJ" + "a" * 30 * KIB})),
        lambda: without_suggestions(dumps({"errors": [{"message": " " * 60 * KIB + "x did you mean"}]})),
        lambda: without_suggestions(dumps({"errors": [{"message": "Did you mean " * 5 * KIB}]})),
        lambda: judge_of((), (), "test")(paged(b"<input" * 40 * KIB), ""),
        headed(b"refresh", "1" * 60 * KIB),
        headed(b"refresh", "1." * 30 * KIB),
        headed(b"refresh", " " * 60 * KIB),
        headed(b"refresh", "1" + " " * 60 * KIB),
        headed(b"link", "<" * 60 * KIB),
        headed(b"link", "<a>;" * 15 * KIB),
        headed(b"link", '<a>;"' * 12 * KIB),
    ],
)
def test_no_text_is_read_again_and_again(read: Callable[[], object]) -> None:
    started = time.process_time()
    read()
    assert time.process_time() - started < 0.25, "quadratic, some of these take ten seconds and more"


def test_what_is_there_is_found_all_the_same() -> None:
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."
    assert [each.claims for each in tokens_in([f"x={token} Bearer {token}"])] == [{"sub": "a"}] * 2
    shown = without_suggestions(
        b'{"errors":[{"message":"no field a.  Did you mean b?"},{"message":"did you mean c?"}]}'
    )
    assert shown == b'{"errors":[{"message":"no field a."},{"message":""}]}'
    for value in ("0;url=/a", ".5; url=/a", "1.5 /a", "  3,/a"):
        assert headed(b"refresh", value)() == ["/a"]
    made = exchange("GET", "/items")
    made.reply_headers = [(b"link", b'</a?page=2>; rel="next", </a?page=9>; rel="last"')]
    drop_counting(made)
    assert made.reply_headers == [(b"link", b'</a?page=2>; rel="next"')]
