"""A refusal proves something only where a valid request was accepted."""

from __future__ import annotations

import asyncio

from exchanges import api_of
from ostiary.model import Outcome
from ostiary.parts import baselines
from recorded import Recorded, said
from shop import OK, shop, taking


def test_only_accepted_operations_are_given_and_none_that_deletes_is_asked() -> None:
    api = api_of({"/a": {"get": {"responses": OK}, "delete": {"responses": OK}}, "/b": {"get": {"responses": OK}}})
    http = Recorded(answering=lambda asked: said(200 if asked.target == "/a" else 403), api=api)
    found = asyncio.run(baselines.accepted(http, api.operations))
    assert [operation.key for operation, _ in found] == ["GET /a"]
    assert {asked.method for asked in http.sent} == {"GET"}


def test_a_refusal_as_a_success_is_no_acceptance() -> None:
    """vAPI answers 200 with ``{"response": {"error": ...}}`` to whoever has no token, whatever the body is."""
    api = api_of({"/a": {"get": {"responses": OK}}, "/b": {"get": {"responses": OK}}})
    refusal = '{"response": {"error": {"message": "must provide a token"}}}'
    json = ("content-type", "application/json")
    http = Recorded(answering=lambda asked: said(200, [json], "[1]" if asked.target == "/a" else refusal), api=api)
    assert [operation.key for operation, _ in asyncio.run(baselines.accepted(http, api.operations))] == ["GET /a"]


def test_no_more_are_asked_than_allowed() -> None:
    api = api_of({f"/p{at}": {"get": {"responses": OK}} for at in range(50)})
    willing, dead = Recorded(answering=lambda _: said(200), api=api), Recorded(answering=lambda _: said(500), api=api)
    assert len(asyncio.run(baselines.accepted(willing, api.operations, most=3))) == 3
    assert asyncio.run(baselines.accepted(dead, api.operations, most=3)) == []
    assert (len(willing.sent), len(dead.sent)) == (3, 6)


def test_what_cannot_be_asked_is_told_from_what_does_not_exist() -> None:
    assert baselines.no_json_body(Recorded(api=shop())).outcome is Outcome.UNKNOWN
    assert baselines.no_json_body(Recorded()).outcome is Outcome.UNKNOWN
    assert baselines.no_json_body(Recorded(api=taking())).outcome is Outcome.NOT_APPLICABLE


def test_declared_types_are_found_by_a_part_of_their_name() -> None:
    operation = taking("application/vnd.x+xml", "application/json").operations[0]
    assert baselines.takes(operation, "xml", "yaml") == "application/vnd.x+xml"
    assert baselines.takes(operation, "yaml") == ""
