"""A valid change of an object, also where nothing says what a write takes."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace
from typing import Any

import pytest

from exchanges import api_of
from ostiary.evidence import Thing
from ostiary.parts.seen.changes import changing
from recorded import said

PUT: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"200": {"description": ""}},
}
SHOWN = {"title": "ostiary-k0123456789", "note": "ostiary-k9876543210", "id": "ostiary-7", "words": "a b", "count": 3}


@pytest.mark.parametrize("envelope", ["", "article"])
def test_what_reading_shows_of_ours_is_written_back_where_nothing_else_is_known(envelope: str) -> None:
    operation = api_of({"/articles/{id}": {"put": PUT}}).operations[0]
    http: Any = SimpleNamespace(body_of=lambda _: ("application/json", b"{}"))
    thing = Thing(kind="/articles", id="7", owner="ann", holes={"id": "7"}, marker="k9876543210", ours=True)
    now = said(200, [("content-type", "application/json")], json.dumps({envelope: SHOWN} if envelope else SHOWN))
    change = changing(http, operation, thing, now, "zz1")
    assert change is not None
    body = json.loads(change.body)
    inner = body[envelope] if envelope else body
    assert inner["note"] == "ostiary-zz1"
    assert inner["title"] == SHOWN["title"]
    assert not {"words", "count"} & set(inner)
    assert change.stands_in(dataclasses.replace(now, body=change.body))
    assert changing(http, operation, thing, said(200, body='{"words": "a b"}'), "zz1") is None
