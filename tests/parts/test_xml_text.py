"""XML without document types, entities or inclusions."""

from __future__ import annotations

import pytest

from ostiary.errors import Denied
from ostiary.parts.xml_text import MOST_DEPTH, MOST_NODES, parse

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "text",
    [
        b'<?xml version="1.0" encoding="UTF-8"?><order id="7"><item>x &amp; y &#233;</item></order>',
        b"<a><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE html><p>&copy;</p>]]></a>",
        BOM + "<a>é</a>".encode(),
        "<a>日本</a>".encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><a>日本</a>'.encode("utf-16"),
        BOM + b"<?xml version='1.0' encoding = 'utf-8' standalone='yes'?><a/>",
        b'<?xml-stylesheet href="encoding.xsl"?><a/>',
        b'<?xml version="1.0"?><a encoding="x"/>',
        b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>',
        b"<a>" * MOST_DEPTH + b"</a>" * MOST_DEPTH,
    ],
)
def test_ordinary_documents_are_read(text: bytes) -> None:
    assert parse(text).tag


BOMBS = [
    b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    b'<?xml version="1.0"?>\n<!-- c -->\n<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
    b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://192.0.2.1/x"> %p;]><a/>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
    BOM + b"<!DOCTYPE a><a/>",
]


@pytest.mark.parametrize("text", BOMBS)
def test_a_document_type_is_refused_in_every_encoding(text: bytes) -> None:
    with pytest.raises(Denied, match="document type"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE', ""),
        (b'<?xml version="1.0" encoding="cp037"?><a/>', ""),
        (b'<?xml version="1.0" encoding="utf-8"?><a/>', "iso-8859-1"),
        (b"<a/>", "utf-7"),
        (b'<?xml version="1.0"' + b" " * 400 + b'encoding="utf-7"?><!-- +AC0ALQA+- --><a/>', ""),
        (b'<?xml version="1.0" encoding="' + b"x" * 41 + b'"?><a/>', ""),
        (BOM + b'<?xml version="1.0" encoding="utf-7"?><a/>', ""),
        ('<?xml version="1.0" encoding="utf-7"?><a/>'.encode("utf-16"), ""),
        ("<a/>".encode("utf-16-le"), ""),
        (b"\xff\xfe<", ""),
    ],
)
def test_an_encoding_that_readers_could_disagree_on_is_refused(text: bytes, charset: str) -> None:
    with pytest.raises(Denied):
        parse(text, charset)


@pytest.mark.parametrize(
    "text",
    [b"", b"<a", b"<a></b>", b"<a>&undefined;</a>", b"<a/><b/>", b"<a>\xff</a>", b"{}", b"<a>\x00</a>",
     b'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>',
     b"<a>" * (MOST_DEPTH + 1) + b"</a>" * (MOST_DEPTH + 1), b"<a>" + b"<b/>" * MOST_NODES + b"</a>"],
)  # fmt: skip
def test_what_is_malformed_or_too_much_is_refused(text: bytes) -> None:
    with pytest.raises(Denied) as refusal:
        parse(text)
    assert refusal.value.status == 400
