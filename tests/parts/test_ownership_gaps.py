"""Paths that name objects are told from those that do not, and gaps are listed with writes first."""

from __future__ import annotations

import pytest

from exchanges import api_of
from orders import op
from ostiary.model import Operation
from ostiary.parts.ownership_gaps import gaps, names_object


@pytest.mark.parametrize(
    "path",
    [
        "/a/{id}",
        "/a/{orderId}",
        "/a/{order_id}",
        "/a/{uuid}",
        "/a/{user-uuid}",
        "/a/{userID}",
        "/a/{slug}",
        "/a/{id}.json",
        "/a/{username}/b",
        "/a/{oid}",
        "/orders/{order}",
        "/entries/{entry}",
        "/boxes/{box}/x",
    ],
)
def test_names_of_objects(path: str) -> None:
    assert names_object(Operation(method="GET", path=path))


@pytest.mark.parametrize(
    "path",
    ["/a", "/a/{lang}", "/a/{year}/{month}", "/a/{format}", "/a/{valid}", "/a/{grid}", "/a/{page}", "/years/{valid}"],
)
def test_other_names(path: str) -> None:
    assert not names_object(Operation(method="GET", path=path))


def test_an_alias_names_what_its_own_path_names() -> None:
    assert not names_object(Operation(method="GET", path="/me", alias_of="/users/{id}"))
    assert names_object(Operation(method="GET", path="/me/orders/{id}", alias_of="/users/{user}/orders/{id}"))


def test_gaps_are_what_nobody_checks_writes_first() -> None:
    api = api_of({
        "/a/{id}": {"get": op(), "delete": op()}, "/b": {"get": op()}, "/c/{id}": {"get": op(security=[])}, "/d/{id}": {"get": op()},
    })  # fmt: skip
    found = gaps((each, each.path == "/d/{id}") for each in (*api.operations, Operation(method="*", path="/a/{id}")))
    assert [each.key for each in found] == ["DELETE /a/{id}", "GET /a/{id}"]
