"""What the audit says of page sizes: refusing and visible cutting pass, silence does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Api, Finding, Outcome, Severity
from ostiary.parts import openapi

ID = "beyond.pagination-caps"


def api(**schema: Any) -> Api:
    parameter = {"name": "limit", "in": "query", "schema": {"type": "integer", **schema}}
    reply = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array"}}}}}
    get = {"parameters": [parameter], "responses": reply}
    return openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/items": {"get": get}}}, source="x")


def finding(page: Callable[[int], int | None], *, wrap: bool = False, **schema: Any) -> Finding:
    """`page` says how many items a limit gets, or None for a refusal."""

    def respond(request: Request) -> Response:
        limit = int(parse_qs(request.query).get("limit", ["20"])[0])
        count = page(limit)
        if count is None:
            return Response(422)
        items = [{"id": at} for at in range(count)]
        return Response(200, json.dumps({"items": items, "limit": min(limit, 100)} if wrap else items))

    return audited(ID, InProcess(app_of(respond), api(**schema)))


def test_everything_at_once_is_a_finding() -> None:
    found = finding(lambda limit: min(max(limit, 0), 5000))
    assert (found.outcome, found.severity) == (Outcome.FAIL, None)
    assert "5000 items" in found.why


def test_a_limit_below_zero_that_lifts_it_is_a_finding() -> None:
    assert finding(lambda limit: 5000 if limit < 0 else min(limit, 50)).outcome is Outcome.FAIL


def test_refusing_passes() -> None:
    assert finding(lambda limit: limit if 0 < limit <= 100 else None).outcome is Outcome.PASS


def test_cutting_down_to_what_the_document_says_passes() -> None:
    assert finding(lambda limit: min(max(limit, 1), 100), maximum=100).outcome is Outcome.PASS


def test_cutting_down_to_what_the_reply_says_passes() -> None:
    assert finding(lambda limit: min(max(limit, 1), 100), wrap=True).outcome is Outcome.PASS


def test_too_little_data_proves_nothing() -> None:
    assert finding(lambda limit: min(max(limit, 1), 7)).outcome is Outcome.UNKNOWN


def test_a_declared_maximum_that_nobody_minds_is_a_small_finding() -> None:
    assert finding(lambda limit: min(max(limit, 1), 7), maximum=100).severity is Severity.LOW
