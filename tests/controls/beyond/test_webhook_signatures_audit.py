"""What the audit says of receivers that declare a signature, and of declared webhooks that have none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from closing import InProcess, Request, Response, app_of, audited
from ostiary import catalogue
from ostiary.evidence import Spec
from ostiary.model import Kind, Outcome
from ostiary.parts import openapi

ID = "beyond.webhook-signatures"
HEADER = {"name": "X-Hub-Signature-256", "in": "header", "schema": {"type": "string"}}
TAKE = {
    "parameters": [HEADER],
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"204": {"description": ""}},
}
API = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/hooks/bank": {"post": TAKE}}}, source="x")


def outcome(takes: Callable[[str | None], int]) -> Outcome:
    def respond(request: Request) -> Response:
        if request.path != "/hooks/bank":
            return Response(404)
        return Response(takes(request.headers.get("x-hub-signature-256")))

    return audited(ID, InProcess(app_of(respond), API)).outcome


def test_a_receiver_that_does_not_look_is_a_finding() -> None:
    assert outcome(lambda _: 204) is Outcome.FAIL


def test_a_receiver_that_looks_only_for_the_header_is_a_finding() -> None:
    assert outcome(lambda given: 401 if given is None else 204) is Outcome.FAIL


def test_a_receiver_that_verifies_passes() -> None:
    assert outcome(lambda _: 401) is Outcome.PASS


def test_a_refusal_for_another_reason_proves_nothing() -> None:
    assert outcome(lambda _: 422) is Outcome.UNKNOWN


def test_a_wall_in_front_of_everything_proves_nothing() -> None:
    assert audited(ID, InProcess(app_of(lambda _: Response(401)), API)).outcome is Outcome.UNKNOWN


def spec(plain: dict[str, Any]) -> Outcome:
    document = {"openapi": "3.1.0", "info": {}, "paths": {}, **plain}
    check: Any = catalogue.control(ID).audits[Kind.SPEC]
    found = asyncio.run(check(Spec(api=openapi.from_plain(document, source="x"))))
    outcome: Outcome = found.outcome
    return outcome


def test_declared_webhooks_name_their_signature() -> None:
    assert spec({"webhooks": {"paid": {"post": {"parameters": [HEADER]}}}}) is Outcome.PASS
    assert spec({"webhooks": {"paid": {"post": {}}}}) is Outcome.FAIL
    callback: dict[str, Any] = {"callbacks": {"done": {"{$request.body#/url}": {"post": {}}}}, "responses": {}}
    assert spec({"paths": {"/jobs": {"post": callback}}}) is Outcome.FAIL
    assert spec({}) is Outcome.NOT_APPLICABLE
