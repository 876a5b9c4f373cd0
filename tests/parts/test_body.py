"""Request bodies become documents, once, by their media type."""

from __future__ import annotations

import gzip
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from exchanges import exchange
from ostiary.errors import Denied
from ostiary.model import UNPARSED, Exchange
from ostiary.parts import body
from ostiary.parts.body import Part


def sent(content_type: str, data: bytes, **headers: str) -> Exchange:
    extra = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return exchange("POST", "/x", [("content-type", content_type), *extra], data)


@pytest.mark.parametrize(
    ("content_type", "data", "document", "forwarded"),
    [
        ("application/json", b'{ "a" : [1, 2.50], "a" : null }', {"a": None}, b'{"a":null}'),
        ("Application/Merge-Patch+JSON; charset=UTF-8", b"null", None, b"null"),
        ("application/x-www-form-urlencoded", b"a=1&a=%32&b", [("a", "1"), ("a", "2"), ("b", "")], b"a=1&a=2&b="),
        ("text/csv", b"\xef\xbb\xbfa;b", "\ufeffa;b", None),
        ("text/plain; charset=ISO-8859-1", b"\xe9", "é", None),
        ("application/yaml", b"a: [1, x]", {"a": [1, "x"]}, None),
        ('multipart/form-data; boundary="b"', b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\nv\r\n--b--',
         [Part("n", None, "", b"v")], None),
        ("image/gif", b"GIF89a...", b"GIF89a...", None),
        ("application/octet-stream", b"\x00", b"\x00", None),
    ],
)  # fmt: skip
def test_each_type_has_its_document(content_type: str, data: bytes, document: Any, forwarded: bytes | None) -> None:
    made = sent(content_type, data)
    assert body.document(made) == document
    assert body.document(made) is made.document
    assert body.serialise(made) == forwarded


def test_xml_becomes_an_element() -> None:
    found = body.document(sent("application/soap+xml; charset=utf-8", b"<a><b/></a>"))
    assert isinstance(found, Element)
    assert found[0].tag == "b"


@pytest.mark.parametrize(
    ("content_type", "data", "status"),
    [
        ("application/json", b"<a/>", 400),
        ("application/json; charset=utf-16", b"{}", 415),
        ("application/json; charset=utf-8; charset=utf-16", b"{}", 400),
        ("application/xml", b"<!DOCTYPE a><a/>", 400),
        ("text/plain", b"\xff\xfe", 400),
        ("text/plain; charset=utf-7", b"+ADw-", 415),
        ("application/x-www-form-urlencoded; charset=gbk", b"a=1", 415),
        ("application/yaml", b"a: &a [*a]", 400),
        ("application/yaml", b"!!python/object/apply:os.getcwd []", 400),
        ("multipart/form-data", b"--b--", 400),
        ("image/png", b"<svg onload=x>", 400),
        ("application/pdf", b"MZ", 400),
    ],
)
def test_what_is_not_what_it_claims_is_refused_and_stays_unparsed(content_type: str, data: bytes, status: int) -> None:
    made = sent(content_type, data)
    with pytest.raises(Denied) as refusal:
        body.document(made)
    assert refusal.value.status == status
    assert made.document is UNPARSED


def test_a_packed_body_is_forwarded_unpacked() -> None:
    made = sent("application/json", gzip.compress(b'{"a": 1}'), content_encoding="gzip")
    assert body.document(made) == {"a": 1}
    assert made.body == b'{"a": 1}'
    assert made.head(b"content-encoding") is None
    assert made.head(b"content-length") == b"8"


def test_identity_is_no_coding_and_two_codings_are_one_we_do_not_know() -> None:
    assert body.document(sent("application/json", b"1", content_encoding="identity")) == 1
    twice = exchange("POST", "/", [("content-encoding", "gzip"), ("content-encoding", "gzip")], b"x")
    with pytest.raises(Denied) as refusal:
        body.plain(twice)
    assert refusal.value.status == 415


@pytest.mark.parametrize(
    ("content_type", "readable"),
    [("application/json", True), ("", True), ("image/svg+xml", True), ("text/html", True), ("application/pdf", True),
     ("application/octet-stream", False), ("video/mp4", False), ("application/zip", False)],
)  # fmt: skip
def test_only_what_a_parser_reads_is_held(content_type: str, readable: bool) -> None:  # noqa: FBT001 - a table
    assert body.readable(sent(content_type, b"x")) is readable
    assert body.readable(sent(content_type, b"x", content_encoding="gzip"))


def test_what_is_forwarded_is_written_again_once_somebody_changes_the_document() -> None:
    made = sent("application/json", b'{"a": 1, "b": 2}')
    assert body.document(made) == {"a": 1, "b": 2}
    assert body.serialise(made) == b'{"a":1,"b":2}'
    made.fits = object()
    del body.changing(made)["a"]
    assert body.serialise(made) == b'{"b":2}'
    assert made.fits is None


@pytest.mark.parametrize(
    ("text", "lost"), [(b'{"a":1,"b":2}', False), (b'{"a":1,"a":2}', True), (rb'{"a":"\u003a","b":1.50}', False)]
)
def test_a_member_that_is_named_twice_is_noticed(text: bytes, lost: bool) -> None:  # noqa: FBT001
    made = sent("application/json", text)
    body.document(made)
    assert body.loses_members(made) == lost
    body.changing(made)
    assert body.loses_members(made) == lost


def test_a_body_without_a_coding_is_not_asked_about_it_again() -> None:
    made = sent("application/json", b"{}")
    assert body.media_type(made) == "application/json"
    assert made.unpacked
    packed = sent("application/json", gzip.compress(b"{}"), content_encoding="gzip")
    assert body.media_type(packed) == "application/json"
    assert not packed.unpacked
    assert (body.plain(packed), packed.unpacked) == (b"{}", True)
    assert body.plain(packed) == b"{}"
