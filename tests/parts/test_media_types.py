"""Media types are compared by type, subtype and suffix."""

from __future__ import annotations

import pytest

from ostiary.parts.media_types import covers, has_signature, parse, signature_fits


@pytest.mark.parametrize(
    ("value", "name", "parameters"),
    [
        ("application/json", "application/json", {}),
        ("Application/JSON; Charset=UTF-8", "application/json", {"charset": "UTF-8"}),
        ('multipart/form-data; boundary="a b"', "multipart/form-data", {"boundary": "a b"}),
        ('text/plain ;charset="ut\\f-8" ; format=flowed;', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        ("application/vnd.api+json", "application/vnd.api+json", {}),
    ],
)
def test_parameters_and_case_are_read_apart(value: str, name: str, parameters: dict[str, str]) -> None:
    found = parse(value)
    assert found is not None
    assert (found.name, dict(found.parameters)) == (name, parameters)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "json",
        "a/",
        "a/b/c",
        "a b/c",
        "text/plain, text/html",
        "a/b; boundary=x; boundary=y",
        'a/b; x="y',
        "a/b; x",
        "é/x",
    ],
)
def test_malformed_types_are_none(value: str) -> None:
    assert parse(value) is None


@pytest.mark.parametrize(
    ("declared", "sent", "covered"),
    [
        ("application/json", "application/json", True),
        ("application/json", "application/merge-patch+json", True),
        ("application/json", "text/plain", False),
        ("application/vnd.api+json", "application/json", False),
        ("image/*", "image/png", True),
        ("image/*", "imagex/png", False),
        ("*/*", "anything/else", True),
    ],
)
def test_declared_types_cover_their_kin(declared: str, sent: str, covered: bool) -> None:  # noqa: FBT001 - a table
    assert covers(declared, sent) is covered


@pytest.mark.parametrize(
    ("name", "content", "fits"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n\x00", True),
        ("image/png", b"<html><script>", False),
        ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF", True),
        ("image/gif", b"GIF89a\x01", True),
        ("image/webp", b"RIFF\x24\x00\x00\x00WEBPVP8 ", True),
        ("image/avif", b"\x00\x00\x00\x20ftypavif", True),
        ("application/pdf", b"%PDF-1.7\n", True),
        ("application/pdf", b"\r\n  %PDF-1.4", True),
        ("application/pdf", b"PK\x03\x04", False),
        ("application/zip", b"anything", True),
    ],
)
def test_content_is_known_by_its_first_bytes(name: str, content: bytes, fits: bool) -> None:  # noqa: FBT001 - a table
    assert signature_fits(name, content) is fits
    assert has_signature(name) or name == "application/zip"
