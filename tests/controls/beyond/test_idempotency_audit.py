"""What the audit says of keys: one effect for one key."""

from __future__ import annotations

import json
from typing import Any

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from ostiary.model import Outcome
from ostiary.parts import openapi

ID = "beyond.idempotency"
PAY = {
    "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}],
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"201": {"description": ""}},
}
API = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/payments": {"post": PAY}}}, source="x")
BODIES = {"application/json": b'{"amount": 5}'}


class Bank:
    def __init__(self, *, keeps: bool, compares: bool = True, tells: bool = True) -> None:
        self.keeps, self.compares, self.tells = keeps, compares, tells
        self.done: dict[str, tuple[bytes, int]] = {}
        self.count = 0

    def __call__(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        if self.keeps and key in self.done:
            body, number = self.done[key]
            if body == request.body:
                return self.said(number)
            if self.compares:
                return Response(422)
        self.count += 1
        self.done[key] = (request.body, self.count)
        return self.said(self.count)

    def said(self, number: int) -> Response:
        return Response(201, json.dumps({"id": number} if self.tells else {"ok": True}))


def outcome(**how: Any) -> Outcome:
    return audited(ID, InProcess(app_of(Bank(**how)), API, bodies=BODIES)).outcome


def test_a_repetition_that_is_done_again_is_a_finding() -> None:
    assert outcome(keeps=False) is Outcome.FAIL


def test_a_changed_request_with_an_old_key_that_is_done_is_a_finding() -> None:
    assert outcome(keeps=True, compares=False) is Outcome.FAIL


def test_one_result_for_one_key_passes() -> None:
    assert outcome(keeps=True) is Outcome.PASS


def test_replies_that_tell_nothing_prove_nothing() -> None:
    assert outcome(keeps=False, tells=False) is Outcome.UNKNOWN


def test_the_loop_closes() -> None:
    closes_the_loop(ID, Bank(keeps=False), API, bodies=BODIES)
