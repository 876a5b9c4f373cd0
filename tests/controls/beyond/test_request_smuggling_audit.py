"""What the audit says of ambiguous framing, by what servers answer on the wire."""

from __future__ import annotations

import re

import pytest

from closing import audited
from ostiary.model import Outcome
from ostiary.parts import openapi
from recorded import Recorded, said

ID = "beyond.request-smuggling"
GET = {"responses": {"200": {"description": ""}}}
API = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/items": {"get": GET}}}, source="x")
GOOD, BAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 400 Bad Request\r\n\r\n"
FORMS = {
    "two Host fields": rb"Host: .*Host: ",
    "a space before the colon": rb"X-Ostiary :",
    "two lengths that differ": rb"Content-Length: 0\r\nContent-Length: 1",
    "a length that is no number": rb"Content-Length: \+0",
}


def server(data: bytes, *, takes: str = "", silent: str = "") -> bytes:
    for what, form in FORMS.items():
        if re.search(form, data, re.DOTALL):
            return GOOD if what == takes else b"" if what == silent else BAD
    return GOOD


def outcome(**how: str) -> Outcome:
    http = Recorded(answering=lambda _: said(200, body="{}"), raw=lambda data: server(data, **how), api=API)
    return audited(ID, http).outcome


def test_a_server_that_refuses_all_passes() -> None:
    assert outcome() is Outcome.PASS


@pytest.mark.parametrize("what", FORMS)
def test_each_form_that_is_taken_is_a_finding(what: str) -> None:
    assert outcome(takes=what) is Outcome.FAIL


def test_silence_alone_is_no_refusal() -> None:
    http = Recorded(answering=lambda _: said(200), raw=lambda data: GOOD if server(data) == GOOD else b"", api=API)
    assert audited(ID, http).outcome is Outcome.UNKNOWN


def test_without_a_public_read_nothing_is_known() -> None:
    http = Recorded(answering=lambda _: said(401), raw=lambda data: BAD, api=API)
    assert audited(ID, http).outcome is Outcome.UNKNOWN
