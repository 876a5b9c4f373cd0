"""A document with a mistake gives one error, which names file, place, problem and mostly a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ostiary.errors import ConfigError
from ostiary.parts import openapi

HEAD: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}


def document(paths: Any, **rest: Any) -> dict[str, Any]:
    return {**HEAD, "paths": paths, **rest}


def get(operation: Any, path: str = "/a") -> dict[str, Any]:
    return document({path: {"get": operation}})


def query(schema: Any, **rest: Any) -> dict[str, Any]:
    return get({"parameters": [{"name": "q", "in": "query", "schema": schema}]}) | rest


Q = "/paths/~1a/get/parameters/0"

MISTAKES: list[tuple[str, dict[str, Any], str, str]] = [
    ("no version", {"info": {}, "paths": {}}, "#/", "which dialect"),
    ("an old version", {"swagger": "1.2", "paths": {}}, "#/swagger", "not a dialect"),
    ("a version to come", {"openapi": "4.0.0", "paths": {}}, "#/openapi", "not a dialect"),
    ("no paths", dict(HEAD), "#/", "no `paths`"),
    ("paths as a list", document([]), "#/paths", "cannot be a list"),
    ("a path without a slash", document({"a": {}}), "#/paths/a", "does not start with a slash"),
    ("a query in a path", document({"/a?b={c}": {}}), "#/paths/~1a?b={c}", "holds a query"),
    ("an item that is text", document({"/a": "x"}), "#/paths/~1a", "cannot be text"),
    ("an operation that is a list", document({"/a": {"get": []}}), "#/paths/~1a/get", "cannot be a list"),
    ("braces", get({}, "/a/{b"), "#/paths/~1a~1{b", "braces"),
    ("a name twice", get({}, "/{a}/{a}"), "#/paths/~1{a}~1{a}", "twice"),
    ("an undeclared path parameter", get({}, "/{b}"), "#/paths/~1{b}/get", "{b} of /{b} has no parameter"),
    ("nothing there", query({"$ref": "#/components/schemas/No"}), f"#{Q}/schema/$ref", "points to nothing"),
    ("another host", query({"$ref": "https://x.example/a.json"}), f"#{Q}/schema/$ref", "leaves the document"),
    ("a file", query({"$ref": "other.yaml#/A"}), f"#{Q}/schema/$ref", "leaves the document"),
    ("a number as reference", query({"$ref": 5}), f"#{Q}/schema/$ref", "cannot be a number"),
    ("a type", query({"type": "int"}), f"#{Q}/schema/type", "'int' is not a type"),
    ("a schema that is text", query("string"), f"#{Q}/schema", "cannot be text"),
    ("a bound that is text", query({"maxLength": "5"}), f"#{Q}/schema/maxLength", "whole number"),
    ("a negative count", query({"minItems": -1}), f"#{Q}/schema/minItems", "whole number"),
    ("a flag for 3.1", query({"exclusiveMinimum": True}), f"#{Q}/schema/exclusiveMinimum", "must be a number"),
    ("a multiple of nothing", query({"multipleOf": 0}), f"#{Q}/schema/multipleOf", "greater than 0"),
    ("enum", query({"enum": "a"}), f"#{Q}/schema/enum", "cannot be text"),
    ("required", query({"required": "a"}), f"#{Q}/schema/required", "list of property names"),
    ("inner", query({"properties": {"x": {"items": 5}}}), f"#{Q}/schema/properties/x/items", "cannot be a number"),
    ("allOf", query({"allOf": {}}), f"#{Q}/schema/allOf", "cannot be a mapping"),
    ("a place", get({"parameters": [{"name": "q", "in": "url"}]}), f"#{Q}/in", "cannot be in 'url'"),
    ("a nameless one", get({"parameters": [{"in": "query"}]}), f"#{Q}", "without a name"),
    ("a style", get({"parameters": [{"name": "q", "in": "query", "style": "label"}]}), f"#{Q}/style", "no style"),
    ("twice", get({"parameters": [{"name": "q", "in": "query"}] * 2}), "#/paths/~1a/get/parameters/1", "twice"),
    ("a status", get({"responses": {"OK": {}}}), "#/paths/~1a/get/responses/OK", "not a status code"),
    ("a server", document({}, servers=[{"url": "https://{x}/"}]), "#/servers/0/url", "has no default"),
    ("a scope", get({"security": [{"a": "b"}]}), "#/paths/~1a/get/security/0/a", "cannot be text"),
    (
        "one request twice",
        document({"/a/{b}": {"parameters": [{"name": "b", "in": "path"}], "get": {}},
                  "/a/{c}": {"parameters": [{"name": "c", "in": "path"}], "get": {}}}),
        "#/paths/~1a~1{c}/get", "the same request",
    ),
    (
        "a circle of references",
        document({"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}]}}},
                 components={"parameters": {"A": {"$ref": "#/components/parameters/A"}}}),
        "#/paths/~1a/get/parameters/0", "back to itself",
    ),
    (
        "a schema that is only itself",
        query({"$ref": "#/components/schemas/A"}, components={"schemas": {"A": {"$ref": "#/components/schemas/A"}}}),
        "#/components/schemas/A", "by itself alone",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "where", "problem"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_one_error_with_its_place(wrong: dict[str, Any], where: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        openapi.from_plain(wrong, source="a.yaml")
    assert caught.value.where == f"a.yaml{where}"
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (b"", "a.yaml", "is empty"),
        (b"- a", "a.yaml#/", "is a list"),
        (b"just words", "a.yaml#/", "is text"),
        (b'{"openapi": "3.1.0",\n "paths": }', "a.yaml", "not JSON at line 2"),
        (b'{"openapi": ', "a.yaml", "ends too early"),
        (b"a: [1,\nb: }", "a.yaml:2:4", "not YAML"),
        (b"a: 1\na: 2", "a.yaml:2:1", "twice"),
        (b"\x00\x01", "a.yaml", "not YAML"),
        (b"<html></html>", "a.yaml#/", "is text"),
        (b"[" * 5000, "a.yaml", ""),
    ],
)
def test_text_that_is_no_document(data: bytes, where: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        openapi.from_text(data, source="a.yaml")
    assert caught.value.where == where
    assert problem in caught.value.problem


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        openapi.read(str(tmp_path / "none.yaml"))


def test_a_mistake_in_a_file_beside_is_told_from_there(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("A: {type: int}")
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {}\npaths: {/a: {get: {parameters: [{name: q, in: query, schema: {$ref: 'b.yaml#/A'}}]}}}"
    )
    with pytest.raises(ConfigError) as caught:
        openapi.read(str(tmp_path / "a.yaml"))
    assert caught.value.where.endswith("b.yaml#/A/type")


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    schema: dict[str, Any] = {}
    for _ in range(5000):
        schema = {"items": schema}
    with pytest.raises(ConfigError, match="nest"):
        openapi.from_plain(query(schema), source="a.yaml")


def test_who_forgives_reads_the_rest_and_says_what_was_passed_over() -> None:
    """Directus describes ``/comments/{id}`` without its parameter, and others two names for one path."""
    wanting = document(
        {
            "/a/{id}": {"get": {}},
            "/b/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": True}]}},
            "/b/{name}": {"get": {"parameters": [{"name": "name", "in": "path", "required": True}]}, "put": {}},
            "/c": {"get": {"parameters": "x"}, "post": {}},
            "d": {"get": {}},
        }
    )
    api = openapi.from_plain(wanting, source="api.json", forgiving=True)
    assert [each.key for each in api.operations] == ["GET /a/{id}", "GET /b/{id}", "PUT /b/{name}", "POST /c"]
    assert [each.name for each in api.operations[0].parameters] == ["id"]
    told = "\n".join(api.notes)
    assert "{id} of /a/{id} has no parameter" in told
    assert all(each in told for each in ("is the same request", "#/paths/~1c/get", "does not start with a slash"))
