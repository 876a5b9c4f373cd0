from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of, exchange
from ostiary.model import Operation
from ostiary.parts.parameters import checker
from ostiary.parts.schema import Fault, Reading

INT: dict[str, Any] = {"type": "integer", "maximum": 99}
INTS: dict[str, Any] = {"type": "array", "items": INT}
BOX: dict[str, Any] = {
    "type": "object",
    "properties": {"a": INT, "b": {"type": "string"}},
    "additionalProperties": False,
}
OPEN: dict[str, Any] = {"type": "object", "properties": {"a": INT}}


def operation(place: str, schema: Any, name: str = "p", **rest: Any) -> Operation:
    parameter = {"name": name, "in": place, "required": place == "path", "schema": schema, **rest}
    path = f"/x/{{{name}}}" if place == "path" else "/x"
    return api_of({path: {"get": {"parameters": [parameter]}}}).operations[0]


def faults(
    found: Operation, *, query: str = "", path: str = "", headers: Any = (), known: frozenset[str] | None = None
) -> list[Fault]:
    check = checker(found, known=known)
    assert check is not None
    made = exchange("GET", f"/x?{query}", headers)
    made.path_values = (path,)
    return check(made)


QUERIES: list[tuple[Any, dict[str, Any], list[str], list[str]]] = [
    (INT, {}, ["p=5", "p=-5", "p=007", "", "other=x", "p=%35", "other[x]=1", "[p]=1"], ["p[]=x", "p[$ne]=1", "p=1&p%5Bx%5D=1", "p[=x", "p=", "p=x", "p=1.0", "p=100", "p=1&p=1", "p=+5", "p=%D9%A3"]),
    ({"type": "number"}, {}, ["p=1", "p=1.5", "p=-.5", "p=1e3", "p=1."], ["p=1e999", "p=nan", "p=inf", "p=0x1", "p=1_0"]),
    ({"type": "boolean"}, {}, ["p=true", "p=False", "p=1", "p=0"], ["p=yes", "p=", "p=2"]),
    ({"type": ["integer", "null"]}, {}, ["p=", "p=null", "p=5"], ["p=x"]),
    ({"anyOf": [INT, {"type": "string", "pattern": "^x"}]}, {}, ["p=5", "p=xa"], ["p=a", "p=100"]),
    ({"type": "string", "pattern": "^[0-9]+$"}, {}, ["p=5", "p=%35"], ["p=a", "p=%ff", "p=a%00"]),
    ({"type": "string", "enum": ["a b"]}, {}, ["p=a+b", "p=a%20b"], ["p=ab"]),
    ({}, {}, ["p=5", "p=x", "p=", "p[x]=1"], ["p=1&p=2"]),
    ({"type": "string"}, {}, ["p=[x]", "p=x&q[p]=1"], ["p[$ne]=x", "p[]=x&p[]=y", "p%5B%24gt%5D="]),
    (INT, {"required": True}, ["p=1"], ["", "q=1"]),
    (INT, {"allowEmptyValue": True}, ["p=", "p=1"], ["p=x"]),
    (INTS, {}, ["p=1&p=2", "p=1", ""], ["p=x", "p=1&p=x", "p=1,2"]),
    ({"anyOf": [INTS, {"type": "null"}]}, {}, ["p=1&p=2", "p=1"], ["p=x"]),
    (INTS, {"explode": False}, ["p=1,2", "p=1%2C2", "p="], ["p=1,x", "p=1&p=2"]),
    ({"type": "array", "items": {"enum": ["a,b", "c"]}}, {"explode": False}, ["p=a%2Cb,c"], ["p=a,b"]),
    (INTS, {"style": "pipeDelimited", "explode": False}, ["p=1%7C2", "p=1|2"], ["p=1,2", "p=1|x"]),
    (INTS, {"style": "spaceDelimited", "explode": False}, ["p=1%202", "p=1+2"], ["p=1,2"]),
    ({**INTS, "maxItems": 1}, {}, ["p=1"], ["p=1&p=2"]),
    (BOX, {"style": "deepObject"}, ["p[a]=1&p[b]=x", "p%5Ba%5D=1", ""], ["p[a]=x", "p[c]=1", "p[a][b]=1", "p[a]=1&p[a]=2"]),
    (BOX, {"style": "deepObject", "required": True}, ["p[a]=1"], ["", "p=1"]),
    ({"type": "object", "additionalProperties": INTS}, {"style": "deepObject"}, ["p[x][]=1&p[x][]=2"], ["p[x][]=y"]),
    (BOX, {}, ["a=1&b=x", "a=1", "c=x"], ["a=x"]),
    (BOX, {"explode": False}, ["p=a,1,b,x"], ["p=a,x", "p=a", "p=c,1"]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "rest", "good", "bad"), QUERIES)
def test_queries_are_read_by_style_and_explode(schema: Any, rest: Any, good: list[str], bad: list[str]) -> None:
    found = operation("query", schema, **rest)
    assert {query: told for query in good if (told := faults(found, query=query))} == {}
    assert [query for query in bad if not faults(found, query=query)] == []


PATHS: list[tuple[Any, dict[str, Any], list[str], list[str]]] = [
    (INT, {}, ["5"], ["x", "100"]),
    ({"type": "string", "maxLength": 3}, {}, ["abc", "a,b"], ["abcd"]),
    (INTS, {}, ["1,2"], ["1,x"]),
    (INTS, {"explode": True}, ["1,2"], ["1;2"]),
    (INTS, {"style": "label"}, [".1,2"], [".1,x"]),
    (INTS, {"style": "label", "explode": True}, [".1.2"], [".1.x"]),
    (INTS, {"style": "matrix"}, [";p=1,2"], [";p=1,x"]),
    (INTS, {"style": "matrix", "explode": True}, [";p=1;p=2"], [";p=x"]),
    (BOX, {}, ["a,1,b,x"], ["a,x", "a"]),
    (BOX, {"explode": True}, ["a=1,b=x"], ["a=x"]),
]


@pytest.mark.parametrize(("schema", "rest", "good", "bad"), PATHS)
def test_paths_are_read_by_style_and_explode(schema: Any, rest: Any, good: list[str], bad: list[str]) -> None:
    found = operation("path", schema, **rest)
    assert [path for path in good if faults(found, path=path)] == []
    assert [path for path in bad if not faults(found, path=path)] == []


def test_headers_are_joined_split_and_trimmed() -> None:
    lists = operation("header", INTS, name="X-Ids")
    assert faults(lists, headers=[("x-ids", "1, 2"), ("X-IDS", "3")]) == []
    assert faults(lists, headers=[("x-ids", "1, x")]) == [("/header/X-Ids/1", "type integer")]
    single = operation("header", INT, name="X-Id", required=True)
    assert faults(single, headers=[("x-id", "1")]) == []
    assert faults(single) == [("/header/X-Id", "required")]
    assert faults(single, headers=[("x-id", "1"), ("x-id", "2")]) == [("/header/X-Id", "given more than once")]


def test_cookies_are_found_among_others_and_each_has_to_be_right() -> None:
    found = operation("cookie", INT, name="n", required=True)
    assert faults(found, headers=[("cookie", 'a=b; n="5"; c')]) == []
    assert faults(found, headers=[("cookie", "n=5; n=x")]) == [("/cookie/n", "type integer")]
    assert faults(found, headers=[("cookie", "m=5")]) == [("/cookie/n", "required")]


def test_a_content_parameter_is_json() -> None:
    parameter = {"name": "f", "in": "query", "content": {"application/json": {"schema": BOX}}}
    found = api_of({"/x": {"get": {"parameters": [parameter]}}}).operations[0]
    assert faults(found, query="f=%7B%22a%22:1%7D") == []
    assert faults(found, query="f=%7B%22a%22:%22x%22%7D") == [("/query/f/a", "type integer")]
    assert faults(found, query="f=%7B") == [("/query/f", "cannot be read")]


def test_the_whole_query_of_3_2_is_one_value() -> None:
    content = {"application/x-www-form-urlencoded": {"schema": {**BOX, "required": ["a"]}}}
    document = {"openapi": "3.2.0", "info": {}, "paths": {"/x": {"get": {"parameters": [
        {"name": "all", "in": "querystring", "required": True, "content": content}]}}}}  # fmt: skip
    from ostiary.parts import openapi  # noqa: PLC0415 - this test alone

    found = openapi.from_plain(document, source="a").operations[0]
    assert faults(found, query="a=1&b=x") == []
    assert faults(found, query="a=x") == [("/query/all/a", "type integer")]
    assert faults(found, query="") == [("/query/all", "required")]


def test_unknown_names_are_faults_only_when_asked_and_a_free_object_knows_all_names() -> None:
    found = operation("query", INT)
    assert faults(found, query="utm_source=x&p=1") == []
    assert faults(found, query="utm_source=x&p=1", known=frozenset()) == [
        ("/query", "a parameter that is not declared")
    ]
    assert faults(found, query="api_key=x&p=1", known=frozenset({"api_key"})) == []
    assert faults(operation("query", OPEN), query="a=1&any=x", known=frozenset()) == []
    assert faults(operation("query", BOX), query="a=1&any=x", known=frozenset()) != []


def test_values_of_undeclared_names_are_not_looked_at() -> None:
    assert faults(operation("query", INT), query="p=1&other=%ff&other=%zz") == []


def test_an_operation_without_parameters_has_nothing_to_ask() -> None:
    assert checker(api_of({"/x": {"get": {}}}).operations[0]) is None
    assert checker(operation("path", {}), Reading()) is not None
