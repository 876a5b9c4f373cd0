from __future__ import annotations

import json

import pytest

from ostiary.parts.control_characters import (
    breaks_header,
    has_any,
    many_lines,
    may_hold_any,
    one_line,
    reorders,
    suspicious,
)

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\0", "\x1b[31m", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\x0b"])
def test_control_characters_are_found(text: str) -> None:
    assert has_any(text)


@pytest.mark.parametrize(
    "text",
    ["O'Brien\tx", "\u00a0", "\u200f\u05e9\u200e", "\u202babc\u202c", "\U0001f468\u200d\U0001f469", "\ufeff", ""],
)
def test_what_people_write_holds_none(text: str) -> None:
    assert not has_any(text)
    assert not reorders(text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"a=%0d%0ax", True), (b"a=%0D", True), (b"a=%00", True), (b"a=%7F", True), (b"a=%c2%85", True), (b"a=%E2%80%a8", True),
        (b"a=b\xc2\x85", True), (b"a=1&b=%20+%25+%2f", False), (b"", False), (b"a=%e2%80%99%c3%a9", False), (b"a=%0", False),
    ],
)  # fmt: skip
def test_a_query_without_them_is_let_go_at_a_glance(query: bytes, *, found: bool) -> None:
    assert suspicious(query) is found


@pytest.mark.parametrize("text", ["a\nb", "\x7f", "\x85", "\u2028", "\u202e", "\x00", "\r", "\x1b"])
def test_a_json_text_without_them_is_let_go_at_a_glance(text: str) -> None:
    for ascii_only in (True, False):
        assert may_hold_any(json.dumps({"a": text}, ensure_ascii=ascii_only).encode())
    assert not may_hold_any(json.dumps({"a": "plain"}).encode())
    assert not may_hold_any(json.dumps({"a": "d\u00e9j\u00e0 \u201cvu\u201d \u5c71"}, ensure_ascii=False).encode())


def test_header_fields_may_hold_tabs_and_bytes_above_ascii() -> None:
    assert not breaks_header([(b"a", b"b\tc \xe9"), (b"x", b"")])
    for value in (b"a\r\nb", b"\n", b"\0", b"\x1f", b"\x7f"):
        assert breaks_header([(b"a", b"b"), (b"x", value)])


@pytest.mark.parametrize(
    ("name", "formats", "longest", "line"),
    [
        ("x", {"email"}, None, True), ("x", {"multiline"}, 10, False), ("title", NONE, None, True), ("x", NONE, 200, True),
        ("x", NONE, 201, False), ("x", NONE, None, False), ("description", NONE, 100, False), ("message_id", NONE, None, True),
        ("title_description", NONE, None, False), ("email_address", NONE, None, True), ("address", NONE, 50, False),
        ("userName", NONE, 5000, True), ("password", {"password"}, 64, False),
    ],
)  # fmt: skip
def test_a_line_is_told_by_format_name_and_length(
    name: str, formats: set[str], longest: int | None, *, line: bool
) -> None:
    assert one_line(name, frozenset(formats), longest) is line


def test_some_names_are_of_many_lines() -> None:
    assert all(many_lines(each) for each in ("q", "query", "filterExpression", "comment_text"))
    assert not any(many_lines(each) for each in ("next", "redirect_url", "x", "comment_id"))
