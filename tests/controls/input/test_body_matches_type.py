"""A body is what it claims to be, to its last part."""

from __future__ import annotations

import json

import pytest

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import api_of, ask, compiled, exchange, through, tiny
from ostiary.config import Config
from ostiary.evidence import Answer, Asked
from ostiary.guard.app import Guard
from ostiary.model import Api, Outcome, Severity
from recorded import Recorded
from samples import sample
from shop import OK, shop, taking

ID = "input.body-matches-type"
JSON = [("content-type", "application/json")]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@pytest.mark.parametrize(
    "body",
    [b"<a/>", b"a=1", b'{"a":1} x', '{"a":1}'.encode("utf-16"), b'{"a":NaN}', b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}',
     b'[{"a\\u0062":1,"ab":2}]', b"\xff", b'{"a":1,}', b'{"a":1,"a":2,"b":"\\u003a"}', b'{"a":1,"a":2,"b":"\\u003A::"}'],
)  # fmt: skip
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    refusal = ask(compiled(shop(), only=[ID]), exchange("POST", "/items", JSON, body))
    assert refusal is not None
    assert refusal.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"x:y::","b":[{"a":1},{"a":2}],"t":"12:30"}',
        b'{"a":"\\u003a\\u003a"}',
        b'{"\\u003a":"\\u003A\\"","b":":"}',
        b" [ ] ",
        b'"a:b"',
        b"null",
    ],
)
def test_ordinary_json_passes(body: bytes) -> None:
    assert ask(compiled(shop(), only=[ID]), exchange("POST", "/items", JSON, body)) is None


def test_members_given_twice_can_be_let_through_and_then_the_last_one_alone_is_passed_on() -> None:
    seen: list[bytes] = []

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # ASGI
        seen.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = Config(only=(ID,), controls={ID: {"duplicates": True}})
    assert through(Guard(app, config, api=shop()), exchange("POST", "/items", JSON, b'{"a":1,"a":2}')).status == 200
    assert seen == [b'{"a":2}']


def form(*parts: tuple[str, bytes]) -> bytes:
    return (
        b"".join(b"--b\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + b"--b--\r\n"
    )


MULTIPART = [("content-type", "multipart/form-data; boundary=b")]
FIELD = 'Content-Disposition: form-data; name="note"'
FILE = 'Content-Disposition: form-data; name="file"; filename="x.png"\r\nContent-Type: '


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([(FIELD, b"hi"), (FILE + "image/png", PNG)], None),
        ([(FILE + "application/octet-stream", b"")], None),
        ([(FILE + "text/csv; charset=windows-1252", b"caf\xe9;1")], None),
        ([(FILE + "application/json", b'{"a":1}')], None),
        ([(FILE + "image/png", b"<html><script>alert(1)</script>")], 400),
        ([(FILE + "image/jpeg", PNG)], 400),
        ([(FILE + "application/pdf", b"MZ\x90")], 400),
        ([(FILE + "application/json", b"{")], 400),
        ([(FILE + "image/svg+xml", b'<!DOCTYPE svg [<!ENTITY x "y">]><svg>&x;</svg>')], 400),
    ],
)
def test_parts_of_forms_are_what_they_claim(parts: list[tuple[str, bytes]], status: int | None) -> None:
    refusal = ask(
        compiled(taking("multipart/form-data"), only=[ID]), exchange("POST", "/things", MULTIPART, form(*parts))
    )
    assert (refusal.status if refusal else None) == status


@pytest.mark.parametrize(
    ("media", "status"),
    [("image/png", None), ("image/jpeg", 415), ("text/html", 415), ("application/octet-stream", 415)],
)
def test_parts_must_be_of_the_types_that_the_document_asks(media: str, status: int | None) -> None:
    schema = {"type": "object", "properties": {"file": {"type": "string"}, "note": {"type": "string"}}}
    content = {
        "multipart/form-data": {"schema": schema, "encoding": {"file": {"contentType": "image/png, image/webp"}}}
    }
    api = api_of({"/things": {"post": {"requestBody": {"content": content}, "responses": OK}}})
    body = form((FIELD, b"hi"), (FILE + media, PNG))
    refusal = ask(compiled(api, only=[ID]), exchange("POST", "/things", MULTIPART, body))
    assert (refusal.status if refusal else None) == status


@pytest.mark.parametrize(
    ("media", "body"),
    [("application/xml", b"{}"), ("text/plain", b"\xff\xfe"), ("application/yaml", b"a: ["), ("image/png", b"GIF89a"),
     ("application/x-www-form-urlencoded", b"a=%zz"), ("multipart/form-data", b"--b--")],
)  # fmt: skip
def test_every_type_that_has_a_parser_is_held_to_it(media: str, body: bytes) -> None:
    refusal = ask(compiled(taking(media), only=[ID]), exchange("POST", "/things", [("content-type", media)], body))
    assert refusal is not None
    assert refusal.status == 400


@pytest.mark.parametrize(
    "types",
    [
        ["image/unknown", "application/xml"],
        ["application/json", "application/json"],
        ["application/xml, text/plain"],
        ["application /xml"],
        ["application/xml; charset"],
        ["xml"],
    ],
)
def test_a_type_that_two_readers_could_read_differently_is_refused(types: list[str]) -> None:
    """Without a document nothing else looks at the type, and the parsers go by it."""
    headers = [("content-type", each) for each in types]
    refusal = ask(compiled(only=[ID]), exchange("POST", "/items", headers, b"<!DOCTYPE a><a/>"))
    assert refusal is not None
    assert refusal.status == 400
    assert ask(compiled(only=[ID]), exchange("POST", "/items", [("content-type", "")], b"")) is None


def test_types_without_a_parser_pass() -> None:
    zipped = exchange("POST", "/things", [("content-type", "application/zip")], b"anything")
    assert ask(compiled(taking("application/zip"), only=[ID]), zipped) is None
    assert through(Guard(tiny(), Config(only=(ID,)), api=shop()), exchange("POST", "/items", JSON)).status == 200


def heard(server: str) -> Recorded:
    def answering(asked: Asked) -> Answer:
        try:
            document = json.loads(asked.body.decode())
        except ValueError:
            return sample(server, "text-labelled-json")
        return sample(server, "created" if isinstance(document, dict) else "text-labelled-json")

    return Recorded(answering=answering, api=shop())


@pytest.mark.parametrize(
    ("server", "severity", "words"),
    [
        ("fastapi-0.165.0", Severity.LOW, "a member given twice"),
        ("spring-boot-3.3.5", Severity.LOW, "a member given twice"),
        ("aiohttp-3.14.5", Severity.MEDIUM, "XML ends in a 500"),
        ("django-5.2.19", Severity.MEDIUM, "XML ends in a 500"),
        ("tornado-6.6.1", Severity.MEDIUM, "XML ends in a 500"),
    ],
)
def test_answers_of_real_servers_are_judged(server: str, severity: Severity, words: str) -> None:
    finding = audited(ID, heard(server))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, severity)
    assert words in finding.why


def test_without_a_baseline_or_a_body_nothing_is_proved() -> None:
    http = Recorded(answering=lambda _: sample("fastapi-0.165.0", "bearer-challenge"), api=shop())
    assert audited(ID, http).outcome is Outcome.UNKNOWN
    api: Api = api_of({"/x": {"get": {"responses": OK}}})
    assert audited(ID, Recorded(api=api)).outcome is Outcome.NOT_APPLICABLE


def test_the_loop_closes() -> None:
    def careless(request: Request) -> Response:  # json.loads of whatever encoding, last member wins
        try:
            json.loads(request.body or b"null")
        except ValueError:
            return Response(400)
        return Response(201)

    before, _ = closes_the_loop(ID, careless, shop())
    assert before.severity is Severity.LOW
    closes_the_loop(ID, lambda _: Response(201), shop())


def test_a_server_that_is_busy_or_takes_a_name_once_is_not_accused() -> None:
    taken: set[bytes] = set()

    def unique(request: Request) -> Response:
        try:
            name = json.dumps(json.loads(request.body), sort_keys=True).encode()
        except ValueError:
            return Response(400)
        new = name not in taken
        taken.add(name)
        return Response(200 if new and request.body.count(b":null") == 0 else 500 if not new else 400)

    asked_before = 0

    def busy(request: Request) -> Response:
        nonlocal asked_before
        asked_before += 1
        return Response(200 if asked_before == 1 else 503)

    stumbled = False

    def stumbling(request: Request) -> Response:
        """One reply in all is a fault of the moment."""
        nonlocal stumbled
        try:
            json.loads(request.body.decode("utf-8"))
        except ValueError:
            status, stumbled = 400 if stumbled else 503, True
            return Response(status)
        return Response(200 if request.body.count(b":null") == 0 else 400)

    for server in (unique, busy, stumbling):
        assert audited(ID, InProcess(app_of(server), shop())).outcome is not Outcome.FAIL, server
