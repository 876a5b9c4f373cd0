"""A plan says what would be asked and asks nothing."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from audit.listening import serving
from audit.test_run import DOCUMENT, Things
from ostiary.audit.gather.budget import EACH, FIXED
from ostiary.audit.plan import Plan, plan
from ostiary.audit.report import planned
from ostiary.config import Config
from ostiary.parts import openapi

NOBODY = "http://127.0.0.1:9"  # whoever sends something there fails


def made(**options: Any) -> Plan:
    options.setdefault("api", openapi.from_plain(DOCUMENT, source="things.json"))
    return asyncio.run(plan(NOBODY, **options))


def test_with_a_document_at_hand_nothing_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT))
    found = asyncio.run(plan(NOBODY, api=str(file)))
    assert found.operations == 5
    assert found.budget == FIXED + EACH * 3  # two are left alone
    assert {each.operation for each in found.excluded} == {"GET /reset", "DELETE /things/{thing_id}"}


def test_without_one_only_the_document_is_looked_for() -> None:
    app = Things()
    with serving(app) as base:
        found = asyncio.run(plan(base))
    assert found.operations == 5
    assert {method for method, _ in app.asked} == {"GET"}
    assert not any(target.startswith("/things") for _, target in app.asked)


def test_each_check_has_a_stage_a_price_and_what_it_changes() -> None:
    found = {each.id: each for each in made(intrusive=True).checks}
    assert found["output.nosniff"].changes == "changes nothing"
    assert found["beyond.mass-assignment"].changes == "makes throwaway accounts"
    assert found["userdata.ownership-check"].stage == "authorization"
    assert all(each.requests > 0 for each in found.values())
    order = [each.stage for each in found.values()]
    assert order.index("identity") < order.index("authorization") < order.index("injection") < order.index("limits")


def test_what_is_not_asked_says_why() -> None:
    quiet = {
        each.id: each.why_not for each in made(rate=2.0, config=Config(off={"output.nosniff": "old clients"})).checks
    }
    assert quiet["beyond.mass-assignment"] == "intrusive (--intrusive)"
    assert quiet["output.nosniff"] == "old clients"
    assert "--rate" in quiet["access.throttling"]
    assert not {each.id: each.why_not for each in made(intrusive=True).checks}["beyond.mass-assignment"]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"identities": 0}, "No credentials"), ({"identities": 1}, "No second user"), ({"identities": 2}, "--intrusive")],
)
def test_what_is_missing_is_said(options: dict[str, Any], words: str) -> None:
    assert any(words in each for each in made(**options).missing)


def test_nobody_misses_a_second_user_who_is_there() -> None:
    assert made(identities=2, intrusive=True).missing == ()


def test_a_smaller_budget_bounds_every_price() -> None:
    found = made(budget=50)
    assert found.most == 50
    assert all(each.requests <= 50 for each in found.checks)


def test_on_paper_it_is_80_columns_wide_and_names_everything() -> None:
    found = made()
    text = planned.as_text(found)
    assert max(map(len, text.splitlines())) <= 80
    for each in found.checks:
        assert each.id in text
    assert "GET /reset  resets something" in text
    assert "Nothing has been asked yet" in text
    machine = json.loads(planned.as_json(found))
    assert machine["plan"]["most"] == found.most
    assert len(machine["plan"]["checks"]) == len(found.checks)


def test_nine_hundred_operations_are_planned_at_once_and_in_little_memory() -> None:
    paths = {
        f"/things{number}/{{id}}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            **{method: {"responses": {"200": {"description": "ok"}}} for method in ("get", "put", "patch")},
        }
        for number in range(300)
    }
    document = {"openapi": "3.1.0", "info": {"title": "Large", "version": "1"}, "paths": paths}
    api = openapi.from_plain(document, source="large.json")
    tracemalloc.start()
    started = time.monotonic()
    found = made(api=api)
    planned.as_text(found)
    assert time.monotonic() - started < 3
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
    assert found.operations == 900
