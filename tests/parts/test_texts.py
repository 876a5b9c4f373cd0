from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of, exchange
from ostiary.parts.texts import Field, Texts, pointer

TEXT = {"type": "string"}
NODE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": TEXT,
        "next": {"$ref": "#/components/schemas/Node"},
        "tags": {"type": "array", "items": TEXT},
    },
}
BODY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": TEXT, "title": TEXT, "urls": {"type": "array", "items": TEXT}, "node": {"$ref": "#/components/schemas/Node"},
        "map": {"type": "object", "additionalProperties": {"properties": {"url": TEXT}}},
        "any": {"anyOf": [{"type": "null"}, {"properties": {"url": {"type": ["string", "null"]}}}]},
        "pair": {"type": "array", "prefixItems": [{"properties": {"url": TEXT}}]}, "count": {"type": "integer"},
    },
}  # fmt: skip
QUERY: list[dict[str, Any]] = [
    {"name": "url", "in": "query", "schema": TEXT},
    {"name": "urls", "in": "query", "explode": False, "schema": {"type": "array", "items": TEXT}},
    {"name": "deep", "in": "query", "style": "deepObject", "schema": NODE},
    {"name": "spread", "in": "query", "schema": {"type": "object", "properties": {"url2": TEXT}}},
    {"name": "X-Url", "in": "header", "schema": TEXT},
    {"name": "url_cookie", "in": "cookie", "schema": TEXT},
    {"name": "free_url", "in": "query"},
]
CONTENT = {
    name: {"schema": BODY}
    for name in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/yaml")
}
API = api_of(
    {"/{url}/x/{id}": {"post": {"parameters": QUERY, "requestBody": {"content": CONTENT}}}, "/none": {"get": {}}},
    components={"schemas": {"Node": NODE}},
)


def urls(field: Field) -> str | None:
    return f"{field.place}:{field.name}" if "url" in field.name.lower() else None


OPERATION = next(each for each in API.operations if each.method == "POST")
TEXTS = Texts(OPERATION, urls)


def inside(body: bytes, media: str = "application/json") -> list[tuple[str, str]]:
    return sorted(
        (pointer(at), text) for at, text, _ in TEXTS.body(exchange("POST", "/a/x/1", [("content-type", media)], body))
    )


def test_texts_are_found_where_the_document_puts_them() -> None:
    body = (
        b'{"url":"1","title":"no","urls":["2","3"],"node":{"url":"4","next":{"url":"5","tags":["no"]}},'
        b'"map":{"k":{"url":"6"}},"any":{"url":"7"},"pair":[{"url":"8"}],"other":{"url":"no"},"count":"no"}'
    )
    assert [text for _, text in inside(body)] == ["7", "6", "5", "4", "8", "1", "2", "3"]
    assert ("/node/next/url", "5") in inside(body)
    assert inside(b'{"url":5,"urls":"one","any":null,"node":[]}') == []
    assert inside(b'["url"]') == []


def test_a_field_of_a_list_has_the_name_of_the_list() -> None:
    found = TEXTS.body(exchange("POST", "/a/x/1", [("content-type", "application/json")], b'{"urls":["2"]}'))
    assert [(pointer(at), text, mark) for at, text, mark in found] == [("/urls/0", "2", "body:urls")]


def test_forms_and_yaml_are_read_too() -> None:
    form = "application/x-www-form-urlencoded"
    pairs = b"url=1&title=no&urls=2,x&urls[]=3&node[next][url]=4&any=%7B%22url%22%3A%225%22%7D&map[k][url]=6"
    found = [text for _, text in inside(pairs, form)]
    assert {"1", "2,x", "2", "x", "3", "4", "5", "6"} == set(found)
    part = b'--b\r\nContent-Disposition: form-data; name="url"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="url"; filename="f"\r\n\r\nno\r\n--b--\r\n'
    assert inside(part, "multipart/form-data; boundary=b") == [("/url", "1")]
    assert inside(b"url: x\nurls: [y]\n", "application/yaml") == [("/url", "x"), ("/urls/0", "y")]
    assert inside(b"url", "text/plain") == []


def test_parameters_are_read_in_every_place() -> None:
    target = "/p%2Eq/x/1?url=1&title=no&%75rl=2&urls=3,4&deep[url]=5&deep[next][url]=6&url2=7&free_url=8"
    made = exchange("POST", target, [("x-url", "9"), ("cookie", "a=b; url_cookie=10")])
    made.path_values = ("p.q", "1")
    found = {(pointer(at), text) for at, text, _ in TEXTS.head(made)}
    assert found >= {
        ("/path/url", "p.q"),
        ("/query/url", "1"),
        ("/query/url", "2"),
        ("/query/urls", "3"),
        ("/query/urls", "4"),
    }
    assert found >= {
        ("/query/deep/url", "5"),
        ("/query/deep/next/url", "6"),
        ("/query/url2", "7"),
        ("/query/free_url", "8"),
    }
    assert found >= {("/header/X-Url", "9"), ("/cookie/url_cookie", "10")}
    assert "no" not in {text for _, text in found}


def test_what_is_not_utf_8_does_not_upset_it() -> None:
    made = exchange("POST", "/p/x/1?url=%ff", [("x-url", "\xff")])
    made.path_values = ("p", "1")
    assert len(TEXTS.head(made)) == 3


def test_nothing_is_asked_where_nothing_is_chosen() -> None:
    texts = Texts(OPERATION, lambda _: None)
    assert not texts.asks_head
    assert not texts.asks_body
    bare = Texts(next(each for each in API.operations if each.path == "/none"), urls)
    assert not bare.asks_head
    assert not bare.asks_body


def test_operations_share_what_they_have_in_common() -> None:
    asked: list[str] = []

    def choose(field: Field) -> str | None:
        asked.append(field.name)
        return None

    Texts(OPERATION, choose)
    once = len(asked)
    Texts(OPERATION, choose)
    assert len(asked) - once <= 1, "only the parameter without a schema is asked about again"


@pytest.mark.parametrize(
    ("schema", "is_text"),
    [({"format": "uri"}, True), ({"maxLength": 5}, True), ({}, False), ({"enum": ["a"]}, False), ({"type": "integer"}, False)],
)  # fmt: skip
def test_a_text_is_what_the_document_says_is_one(schema: Any, *, is_text: bool) -> None:
    api = api_of({"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"url": schema}}}}}}}})  # fmt: skip
    assert Texts(api.operations[0], urls).asks_body is is_text


def test_deep_documents_are_no_trouble() -> None:
    deep = b'{"next":' * 900 + b'{"url":"x"}' + b"}" * 900
    assert len(inside(b'{"node":' + deep + b"}")) == 1
