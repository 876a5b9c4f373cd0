"""Entities stand where parsers expand them, and where applications give them back."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from ostiary.parts.seen.doctypes import with_entities

GOODS = b'<?xml version="1.0"?><goods kind="x"><item><price>12</price><name>Teapot</name></item></goods>'
DECLARED = b'<!ENTITY a "grown">'


def texts(document: bytes | None) -> list[str]:
    assert document is not None
    return list(ET.fromstring(document).itertext())


def test_an_entity_stands_at_the_beginning_of_the_root() -> None:
    assert texts(with_entities(GOODS, DECLARED, b"&a;")) == ["grown", "12", "Teapot"]


def test_or_before_the_first_text_that_is_no_number() -> None:
    assert texts(with_entities(GOODS, DECLARED, b"&a;", in_text=True)) == ["12", "grownTeapot"]


@pytest.mark.parametrize("document", [b"", b"no markup", b"<empty/>"])
def test_without_a_root_there_is_no_place(document: bytes) -> None:
    assert with_entities(document, DECLARED, b"&a;") is None
    assert with_entities(document, DECLARED, b"&a;", in_text=True) is None


def test_without_a_text_there_is_none_in_a_text() -> None:
    assert with_entities(b"<a><b>12</b></a>", DECLARED, b"&a;", in_text=True) is None
