from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of
from ostiary.parts import forms, openapi
from ostiary.parts.body import Part
from ostiary.parts.form_values import form_checker

URLENCODED = "application/x-www-form-urlencoded"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": {"type": "integer"},
        "ok": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "meta": {"type": "object", "additionalProperties": {"type": "integer"}},
        "file": {"type": "string", "format": "binary", "maxLength": 1},
    },
    "additionalProperties": False,
}


def told(form: Any, media: str = URLENCODED, schema: Any = SCHEMA, **entry: Any) -> Any:
    content = {media: {"schema": {"$ref": "#/components/schemas/F"}, **entry}}
    api = api_of({"/a": {"post": {"requestBody": {"content": content}}}}, components={"schemas": {"F": schema}})
    check = form_checker(api.operations[0].consumes[media])
    assert check is not None
    return check(forms.parse(form) if isinstance(form, bytes) else form)


@pytest.mark.parametrize(
    ("form", "faults"),
    [
        (b"n=5", []),
        (b"n=5&ok=true&tags=a&tags=b", []),
        (b"n=x", [("/n", "type integer")]),
        (b"", [("", "required n")]),
        (b"n=5&n=6", [("/n", "given more than once")]),
        (b"n=5&tags=a&tags=b&tags=c", [("/tags", "maxItems 2")]),
        (b"n=5&tags%5B%5D=long", [("/tags/0", "maxLength 3")]),
        (b"n=5&meta%5Ba%5D=1&meta%5Bb%5D=2", []),
        (b"n=5&meta%5Ba%5D=x", [("/meta/a", "type integer")]),
        (b"n=5&meta=%7B%22a%22:1%7D", []),
        (b"n=5&other=1", [("", "additionalProperties")]),
        (b"n=5&n%5Bx%5D=1", [("", "cannot be read")]),
    ],
)
def test_form_fields_become_what_the_schema_says(form: bytes, faults: Any) -> None:
    assert told(form) == faults


def test_an_encoding_without_explode_separates_by_comma() -> None:
    assert told(b"n=5&ids=1,2", encoding={"ids": {"style": "form", "explode": False}}) == []
    assert told(b"n=5&ids=1,2") == [("/ids/0", "type integer")]


def test_parts_of_a_multipart_form() -> None:
    number = Part("n", None, "", b"5")
    photo = Part("file", "x.png", "image/png", b"\x89PNG\xff")
    assert told([number, photo], "multipart/form-data") == []
    assert told([photo], "multipart/form-data") == [("", "required n")]
    assert told([number, Part("meta", None, "application/json", b'{"a": "x"}')], "multipart/form-data") == [
        ("/meta/a", "type integer")
    ]
    assert told([number, Part("ok", None, "", b"\xff")], "multipart/form-data") == [("", "cannot be read")]


def test_swagger_form_fields() -> None:
    parameters = [
        {"name": "n", "in": "formData", "type": "integer", "required": True},
        {"name": "ids", "in": "formData", "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"},
        {"name": "f", "in": "formData", "type": "file"},
    ]
    document = {"swagger": "2.0", "info": {}, "paths": {"/a": {"post": {"parameters": parameters, "responses": {}}}}}
    media = openapi.from_plain(document, source="a").operations[0].consumes["multipart/form-data"]
    check = form_checker(media)
    assert check is not None
    assert check([Part("n", None, "", b"1"), Part("ids", None, "", b"1|2"), Part("f", "a", "", b"\xff")]) == []
    assert check([Part("n", None, "", b"1"), Part("ids", None, "", b"1|x")]) == [("/ids/1", "type integer")]


def test_a_form_without_a_schema_asks_nothing() -> None:
    api = api_of({"/a": {"post": {"requestBody": {"content": {URLENCODED: {}}}}}})
    assert form_checker(api.operations[0].consumes[URLENCODED]) is None
