"""A refusal becomes bytes in one place, says what it must and nothing it must not."""

from __future__ import annotations

import uuid

import pytest

from exchanges import exchange, head
from ostiary import problem
from ostiary.errors import Denied
from ostiary.strict import loads


def test_a_problem_has_the_fields_of_rfc_9457() -> None:
    made = exchange("GET", "/items")
    reply = problem.render(made, Denied(405, "PUT is not declared", {"allow": "GET, HEAD"}))
    body = loads(reply.body)
    assert body == {
        "type": "about:blank",
        "title": "Method Not Allowed",
        "status": 405,
        "detail": "PUT is not declared",
        "instance": f"urn:uuid:{made.id}",
    }
    assert uuid.UUID(made.id).version == 4
    assert head(reply, "content-type") == "application/problem+json"
    assert head(reply, "content-length") == str(len(reply.body))
    assert head(reply, "allow") == "GET, HEAD"


def test_without_a_reason_nothing_is_told() -> None:
    assert "detail" not in loads(problem.render(exchange("GET", "/"), Denied(500, "")).body)


def test_an_exchange_keeps_its_id() -> None:
    made = exchange("GET", "/")
    assert problem.exchange_id(made) == problem.exchange_id(made) == made.id


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad Request"), (413, "Content Too Large"), (421, "Misdirected Request"), (422, "Unprocessable Content"),
        (429, "Too Many Requests"), (503, "Service Unavailable"), (599, "Error"),
    ],
)  # fmt: skip
def test_titles_are_those_of_rfc_9110(status: int, title: str) -> None:
    assert problem.title(status) == title
