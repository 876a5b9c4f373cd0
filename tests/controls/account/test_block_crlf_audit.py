"""What the audit says of line breaks: a header field that the request made, or a name that keeps its line break."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Finding, Outcome, Severity
from ostiary.parts import openapi

ID = "account.block-crlf"
GET = {
    "parameters": [{"name": "next", "in": "query", "schema": {"type": "string"}}],
    "responses": {"302": {"description": ""}},
}
API = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/go": {"get": GET}}}, source="x")
WRITE = {
    "requestBody": {
        "content": {"application/json": {"schema": {"type": "object", "properties": {"username": {"type": "string"}}}}}
    },
    "responses": {"201": {"description": ""}},
}
WRITES = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/people": {"post": WRITE}}}, source="x")


def reading(answer: Callable[[str], Response]) -> Finding:
    def respond(request: Request) -> Response:
        return answer(parse_qs(request.query).get("next", [""])[0])

    return audited(ID, InProcess(app_of(respond), API))


def splits(text: str) -> Response:
    """A server that writes what it is told into a header, line breaks and all."""
    first, *rest = text.split("\r\n")
    return Response(
        302, "", [("location", first), *((name, value) for name, _, value in (each.partition(": ") for each in rest))]
    )


def test_a_header_field_made_by_the_request_is_a_finding() -> None:
    found = reading(splits)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.HIGH)


def test_a_server_that_fails_where_the_text_goes_into_a_header_is_a_small_finding() -> None:
    found = reading(lambda text: Response(500 if "\r" in text else 302, "", [("location", text.partition("\r")[0])]))
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)


def test_refusing_and_encoding_pass() -> None:
    assert reading(lambda text: Response(400) if "\r" in text else splits(text)).outcome is Outcome.PASS
    assert reading(lambda text: splits(text.replace("\r\n", "%0D%0A"))).outcome is Outcome.PASS


def test_a_crash_that_has_nothing_to_do_with_headers_is_not_this_finding() -> None:
    assert reading(lambda text: Response(500 if "\r" in text else 200)).outcome is not Outcome.FAIL


def writing(stores: Callable[[str], str | None]) -> Finding:
    def respond(request: Request) -> Response:
        name = stores(json.loads(request.body)["username"])
        return Response(422) if name is None else Response(201, json.dumps({"username": name}))

    return audited(ID, InProcess(app_of(respond), WRITES, bodies={"application/json": b'{"username": "ostiary-x"}'}))


def test_a_user_name_that_keeps_its_line_break_is_a_small_finding() -> None:
    found = writing(lambda name: name)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)


def test_one_that_is_refused_passes() -> None:
    assert writing(lambda name: None if "\n" in name else name).outcome is Outcome.PASS


def test_one_that_is_cleaned_is_no_finding() -> None:
    assert writing(lambda name: " ".join(name.split())).outcome is not Outcome.FAIL
