"""XML with a document type never reaches the application."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import ask, compiled, exchange
from ostiary.model import Outcome
from recorded import Recorded
from samples import sample
from shop import shop, taking

ID = "processing.xml-no-external-entities"
XXE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>'
XML = {"application/xml": b"<order><item>x</item></order>"}


@pytest.mark.parametrize(
    "media", ["application/xml", "text/xml; charset=utf-8", "application/soap+xml", "image/svg+xml"]
)
def test_a_document_type_is_refused_in_every_kind_of_xml(media: str) -> None:
    for api in (taking("application/xml"), shop(), None):
        refusal = ask(compiled(api, only=[ID]), exchange("POST", "/things", [("content-type", media)], XXE))
        assert refusal is not None
        assert refusal.status == 400


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_it_is_refused_without_a_type_in_every_encoding(encoding: str) -> None:
    for text in (XXE.decode(), "  \n" * 200 + "<!DOCTYPE a><a/>"):
        refusal = ask(compiled(only=[ID]), exchange("POST", "/things", (), text.encode(encoding)))
        assert refusal is not None
        assert refusal.status == 415
    policy = compiled(taking("multipart/form-data"), only=[ID])
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
    body = head + XXE.decode().encode(encoding) + b"\r\n--b--\r\n"
    assert ask(policy, exchange("POST", "/things", [("content-type", "multipart/form-data; boundary=b")], body))


def test_it_is_refused_in_parts_of_forms_even_when_they_hide_their_type() -> None:
    policy = compiled(taking("multipart/form-data"), only=[ID])
    for media in ("image/svg+xml", "application/octet-stream"):
        head = f'--b\r\nContent-Disposition: form-data; name="f"; filename="a.svg"\r\nContent-Type: {media}\r\n\r\n'
        body = head.encode() + XXE + b"\r\n--b--\r\n"
        refusal = ask(policy, exchange("POST", "/things", [("content-type", "multipart/form-data; boundary=b")], body))
        assert refusal is not None
        assert refusal.status == 400


def test_xml_without_a_type_is_refused() -> None:
    refusal = ask(compiled(only=[ID]), exchange("POST", "/things", [], XXE))
    assert refusal is not None
    assert refusal.status == 415


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/xml", b"<a>&lt;!DOCTYPE&gt;</a>"),
        ("application/json", b'{"page":"<!DOCTYPE html>"}'),
        ("text/html", b"<!DOCTYPE html>"),
    ],
)
def test_ordinary_documents_pass(media: str, body: bytes) -> None:
    assert ask(compiled(taking(media), only=[ID]), exchange("POST", "/things", [("content-type", media)], body)) is None


def expanding(request: Request) -> Response:
    """Python's own ElementTree: it expands internal entities, whatever the body is called."""
    if not request.body.startswith(b"<"):
        return Response()
    try:
        return Response(200, "".join(ET.fromstring(request.body).itertext()))
    except ET.ParseError:
        return Response(400)


def test_the_loop_closes() -> None:
    closes_the_loop(ID, expanding, taking("application/xml"), bodies=XML)


def test_the_loop_closes_where_no_operation_declares_xml() -> None:
    before, after = closes_the_loop(ID, expanding, shop())
    assert "undeclared" in before.why
    assert "no operation declares XML" in after.why


def test_the_check_waits_to_be_asked() -> None:
    http = InProcess(app_of(expanding), taking("application/xml"), bodies=XML, intrusive=False)
    assert audited(ID, http).outcome is Outcome.UNKNOWN


def test_an_echo_of_the_request_is_no_expansion() -> None:
    http = InProcess(app_of(lambda request: Response(200, request.body)), taking("application/xml"), bodies=XML)
    assert audited(ID, http).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("server", ["fastapi-0.165.0", "spring-boot-3.3.5", "kinto-26.5.0"])
def test_real_servers_that_refuse_undeclared_xml_pass(server: str) -> None:
    created, refused = sample(server, "created"), sample(server, "json-labelled-text")
    http = Recorded(
        answering=lambda asked: refused if dict(asked.headers)["content-type"] == "application/xml" else created,
        api=shop(),
        intrusive=True,
    )
    assert audited(ID, http).outcome is Outcome.PASS
