"""What the audit says of replies to "send me a code"."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from closing import InProcess, Response, app_of, audited
from ostiary.controls.account.otp_not_in_response.spec import audit_spec
from ostiary.evidence import Spec
from ostiary.model import Api, Outcome
from ostiary.parts import openapi

ID = "account.otp-not-in-response"
SEND = {
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"200": {"description": ""}},
}
PLAIN = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/otp/send": {"post": SEND}}}, source="x")


def api() -> Api:
    import dataclasses  # noqa: PLC0415 - the audit's survey gives operations their role

    operations = tuple(dataclasses.replace(each, role="otp-send") for each in PLAIN.operations)
    return dataclasses.replace(PLAIN, operations=operations)


def outcome(says: Callable[[str], Any], headers: Callable[[str], list[tuple[str, str]]] = lambda _: []) -> Outcome:
    count = iter(range(123456, 10**6, 7))

    def respond(_: object) -> Response:
        code = str(next(count))
        return Response(200, json.dumps(says(code)), [("content-type", "application/json"), *headers(code)])

    return audited(ID, InProcess(app_of(respond), api())).outcome


@pytest.mark.parametrize(
    "says",
    [
        lambda code: {"sent": True, "code": code},
        lambda code: {"data": {"otp": int(code)}},
        lambda code: {"message": f"Your code is {code}"},
        lambda code: {"otp_hash": hashlib.md5(code.encode()).hexdigest()},
    ],
)
def test_a_code_that_comes_back_is_a_finding(says: Callable[[str], Any]) -> None:
    assert outcome(says) is Outcome.FAIL


def test_a_code_in_a_header_is_a_finding() -> None:
    assert outcome(lambda _: {}, lambda code: [("x-otp", code)]) is Outcome.FAIL


@pytest.mark.parametrize(
    "says",
    [
        lambda _: {"sent": True, "expires_in": 300, "length": 6},
        lambda _: {"code": "OTP_SENT"},
        lambda _: {"code": 2000, "message": "ok"},  # the same each time: a status
        lambda code: {"request_id": code},
        lambda _: {"message": "The code is valid for 600 s"},
    ],
)
def test_what_is_no_code_passes(says: Callable[[str], Any]) -> None:
    assert outcome(says) in {Outcome.PASS, Outcome.UNKNOWN}


def declared(schema: dict[str, Any]) -> Outcome:
    reply = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    paths = {"/export": {"get": {"responses": reply}}}
    plain = {"openapi": "3.1.0", "info": {}, "paths": paths}
    return asyncio.run(audit_spec(Spec(api=openapi.from_plain(plain, source="x")))).outcome


@pytest.mark.parametrize("kind", ["string", "integer", ["string", "null"], ["array", "integer"], None])
def test_a_declared_place_for_a_code_is_a_finding(kind: Any) -> None:
    totp = {} if kind is None else {"type": kind}
    assert declared({"type": "object", "properties": {"totp": totp}}) is Outcome.FAIL


@pytest.mark.parametrize("kind", ["boolean", "array", "object", ["array", "null"]])
def test_a_list_of_authenticators_is_no_code_and_what_is_in_it_is_read(kind: Any) -> None:
    rows = {"type": kind, "items": {"type": "object", "properties": {"added_at": {"type": "integer"}}}}
    assert declared({"type": "object", "properties": {"totp": rows}}) is Outcome.NOT_APPLICABLE
    rows["items"]["properties"]["otp"] = {"type": "string"}
    assert declared({"type": "object", "properties": {"totp": rows}}) is Outcome.FAIL
