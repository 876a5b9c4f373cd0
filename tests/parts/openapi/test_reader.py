from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import fastapi
import pytest
from pydantic import BaseModel

from ostiary.model import Api, Operation, Place
from ostiary.parts import openapi, schema


class Item(BaseModel):
    name: str
    price: float | None = None


def made(paths: dict[str, Any], *, openapi_version: str = "3.1.0", **rest: Any) -> Api:
    document = {"openapi": openapi_version, "info": {"title": "t", "version": "1"}, "paths": paths, **rest}
    return openapi.from_plain(document, source="openapi.yaml")


def one(operation: dict[str, Any], path: str = "/a", method: str = "get", **rest: Any) -> Operation:
    return made({path: {method: {"responses": {}, **operation}}}, **rest).operations[0]


YAML = b"""
openapi: 3.0.3
info: {title: Shop, version: 2024-01-01}
servers: [{url: 'https://{host}/v1/', variables: {host: {default: api.example}}}, {url: https://other.example/v2}]
paths:
  /orders/{on}:
    parameters: [{name: on, in: path, required: true, schema: {type: integer, format: int32}}]
    get:
      operationId: order
      tags: [orders]
      x-ostiary-access-hsts: {preload: true}
      responses:
        200: {description: ok, content: {application/json; charset=utf-8: {schema: {type: object}}}}
        4XX: {description: no}
        default: {description: other}
"""


def test_yaml_keeps_integer_keys_dates_and_words_that_yaml_1_1_would_twist() -> None:
    api = openapi.from_text(YAML, source="shop.yaml")
    operation = api.operations[0]
    assert (api.dialect, api.title, api.version) == ("3.0", "Shop", "2024-01-01")
    assert operation.key == "GET /v1/orders/{on}"
    assert list(operation.replies) == ["200", "4XX", "default"]
    assert operation.produces == {"application/json"}
    assert operation.extensions == {"x-ostiary-access-hsts": {"preload": True}}
    assert any("first server" in note for note in api.notes)
    path = operation.parameters[0]
    assert (path.name, path.place, path.required, path.style, path.explode) == ("on", Place.PATH, True, "simple", False)
    assert path.schema is not None
    assert path.schema.fragment == {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}


@pytest.mark.parametrize(
    ("source", "servers", "path"),
    [
        ("a.yaml", None, "/a"),
        ("a.yaml", [{"url": "/v1"}], "/v1/a"),
        ("a.yaml", [{"url": "v1/"}], "/v1/a"),
        ("https://x.example/docs/openapi.json", [{"url": "../v2"}], "/v2/a"),
        ("https://x.example/docs/openapi.json", [{"url": "."}], "/docs/a"),
        ("a.yaml", [{"url": "https://{r}.x.example:{p}/{b}", "variables": {k: {"default": k} for k in "rpb"}}], "/b/a"),
    ],
)
def test_the_base_path_of_the_first_server_is_in_front(source: str, servers: Any, path: str) -> None:
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {}}}}
    if servers:
        document["servers"] = servers
    assert openapi.from_plain(document, source=source).operations[0].path == path


def test_servers_of_a_path_and_of_an_operation_win() -> None:
    item = {"servers": [{"url": "/p"}], "get": {}, "put": {"servers": [{"url": "/o"}]}}
    api = made({"/a": item}, servers=[{"url": "/r"}])
    assert [each.key for each in api.operations] == ["GET /p/a", "PUT /o/a"]


def test_the_path_parameters_stand_in_the_order_of_the_template() -> None:
    parameters = [
        {"name": "q", "in": "query"},
        {"name": "b", "in": "path", "required": True, "schema": {}},
        {"name": "a", "in": "path", "required": True, "schema": {}},
    ]
    assert [each.name for each in one({"parameters": parameters}, "/{a}/{b}").parameters] == ["a", "b", "q"]


def test_an_operation_overrides_a_parameter_of_its_path() -> None:
    shared = [{"name": "n", "in": "query", "schema": {"type": "integer"}}, {"name": "m", "in": "query"}]
    own = [{"name": "n", "in": "query", "required": True, "schema": {"type": "string"}}]
    operation = made({"/a": {"parameters": shared, "get": {"parameters": own}}}).operations[0]
    assert [(each.name, each.required) for each in operation.parameters] == [("n", True), ("m", False)]


def test_default_styles_per_place_and_ignored_headers() -> None:
    names = [("h", "header"), ("c", "cookie"), ("q", "query"), ("Accept", "header"), ("authorization", "header")]
    operation = one({"parameters": [{"name": name, "in": place, "schema": {}} for name, place in names]})
    found = {each.name: (each.style, each.explode) for each in operation.parameters}
    assert found == {"h": ("simple", False), "c": ("form", True), "q": ("form", True)}


def test_references_to_every_kind_of_component_are_followed() -> None:
    reference = {"$ref": "#/components/schemas/S/properties/inner"}
    document = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
        "components": {
            "pathItems": {
                "A": {
                    "post": {
                        "parameters": [{"$ref": "#/components/parameters/P"}],
                        "requestBody": {"$ref": "#/x-bodies/b~1c%20d"},
                        "responses": {"200": {"$ref": "#/components/responses/R"}},
                    }
                }
            },
            "parameters": {
                "P": {"$ref": "#/components/parameters/Q"},
                "Q": {"name": "q", "in": "query", "schema": reference},
            },
            "responses": {"R": {"content": {"application/json": {"schema": reference}}}},
            "schemas": {"S": {"properties": {"inner": {"type": "integer"}}}},
        },
        "x-bodies": {"b/c d": {"content": {"*/*": {"schema": {"$ref": "#/paths/~1a/post/parameters/0/schema"}}}}},
    }
    operation = openapi.from_plain(document, source="a").operations[0]
    replied = operation.replies["200"]["application/json"].schema
    for found in (operation.parameters[0].schema, operation.consumes["*/*"].schema, replied):
        assert found is not None
        assert schema.compile(found).faults("x") == [("", "type integer")]


def test_circular_schemas_are_read_and_validate() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}, "required": ["v"]}
    operation = one(
        {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}}},
        method="post",
        components={"schemas": {"Node": node}},
    )
    body = operation.consumes["application/json"].schema
    assert body is not None
    validator = schema.compile(body)
    assert validator.is_valid({"v": 1, "next": {"v": 2}})
    assert validator.faults({"v": 1, "next": {"v": 1, "next": {}}}) == [("/next/next", "required v")]


def test_a_schema_that_contains_itself_in_place_ends() -> None:
    """Pet is one of Cat, and Cat is all of Pet: common in documents, endless in validators."""
    schemas = {
        "Pet": {"type": "object", "required": ["kind"], "oneOf": [{"$ref": "#/components/schemas/Cat"}]},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["claws"]}]},
    }
    for name in schemas:
        reference = {"schema": {"$ref": f"#/components/schemas/{name}"}}
        operation = one(
            {"requestBody": {"content": {"application/json": reference}}},
            method="post",
            components={"schemas": schemas},
        )
        body = operation.consumes["application/json"].schema
        assert body is not None
        validator = schema.compile(body)
        assert validator.is_valid({"kind": "cat", "claws": 9})
        assert not validator.is_valid({"kind": "cat"})
        assert not validator.is_valid({"claws": 9})


def test_3_2_has_query_and_additional_operations() -> None:
    item = {"query": {"responses": {}}, "additionalOperations": {"LINK": {"responses": {}}}, "get": {}}
    api = made({"/a": item}, openapi_version="3.2.0")
    assert {each.method for each in api.operations} == {"QUERY", "LINK", "GET"}
    assert api.operations[0].methods == {"QUERY", "LINK", "GET"}
    assert [each.method for each in made({"/a": item}).operations] == ["GET"]


def test_security_is_inherited_overridden_and_absent() -> None:
    api = made(
        {"/a": {"get": {}, "put": {"security": []}, "post": {"security": [{"o": ["w"]}, {}]}}}, security=[{"k": []}]
    )
    assert [each.security for each in api.operations] == [({"k": ()},), (), ({"o": ("w",)}, {})]
    assert one({}).security is None


SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": "1"},
    "host": "pets.example",
    "basePath": "/v2",
    "schemes": ["http"],
    "consumes": ["application/json"],
    "produces": ["application/json", "application/xml"],
    "securityDefinitions": {
        "b": {"type": "basic"},
        "o": {"type": "oauth2", "flow": "accessCode", "tokenUrl": "https://x/t", "scopes": {"r": "read"}},
    },
    "definitions": {"Pet": {"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "age": {"type": "integer", "exclusiveMinimum": True, "minimum": 0},
        "nick": {"type": "string", "x-nullable": True}}}},
    "paths": {
        "/pets": {
            "get": {"parameters": [
                {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"},
                {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
            ], "responses": {200: {"description": "", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}}},
            "post": {"parameters": [{"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}],
                     "responses": {"204": {"description": ""}}},
        },
        "/pets/{id}/photo": {"post": {"consumes": ["multipart/form-data"], "parameters": [
            {"name": "id", "in": "path", "required": True, "type": "integer"},
            {"name": "file", "in": "formData", "type": "file", "required": True},
            {"name": "note", "in": "formData", "type": "string", "maxLength": 5}], "responses": {}}},
    },
}  # fmt: skip


def test_swagger_2_is_brought_to_the_same_form() -> None:
    api = openapi.from_plain(SWAGGER, source="swagger.json")
    get, post, photo = api.operations
    assert (api.dialect, api.servers) == ("2.0", ("http://pets.example/v2",))
    assert [each.key for each in api.operations] == ["GET /v2/pets", "POST /v2/pets", "POST /v2/pets/{id}/photo"]
    assert [(each.style, each.explode) for each in get.parameters] == [("pipeDelimited", False), ("form", True)]
    assert get.produces == {"application/json", "application/xml"}
    assert (list(post.consumes), post.body_required, post.replies["204"]) == (["application/json"], True, {})
    body = post.consumes["application/json"].schema
    assert body is not None
    validator = schema.compile(body)
    assert validator.is_valid({"name": "x", "age": 1, "nick": None})
    assert validator.faults({"name": "x", "age": 0}) == [("/age", "exclusiveMinimum 0")]
    assert list(photo.consumes) == ["multipart/form-data"]
    form = photo.consumes["multipart/form-data"].schema
    assert form is not None
    assert isinstance(form.fragment, dict)
    assert form.fragment["required"] == ["file"]
    assert photo.body_required
    assert api.security_schemes["b"] == {"type": "http", "scheme": "basic"}
    assert api.security_schemes["o"]["flows"] == {
        "authorizationCode": {"tokenUrl": "https://x/t", "scopes": {"r": "read"}}
    }


def test_a_fastapi_document_reads() -> None:
    app = fastapi.FastAPI()

    @app.post("/items/{item}")
    def create(item: int, body: Item, tag: Annotated[list[str] | None, fastapi.Query()] = None) -> Item:
        return body

    api = openapi.from_plain(app.openapi(), source="the app")
    operation = next(each for each in api.operations if each.id.startswith("create"))
    assert operation.parameters[0].name == "item"
    body = operation.consumes["application/json"].schema
    assert body is not None
    assert schema.compile(body).faults({"name": 1, "price": "x"}) == [
        ("/name", "type string"),
        ("/price", "type number or null"),
    ]


def test_files_beside_the_document_are_followed(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "item.yaml").write_text(
        "Item: {type: object, properties: {of: {$ref: '#/Other'}}}\nOther: {type: integer}\n"
    )
    (tmp_path / "parts" / "path.json").write_text(json.dumps({
        "get": {"parameters": [{"name": "q", "in": "query", "schema": {"$ref": "item.yaml#/Item"}}]}}))  # fmt: skip
    main = tmp_path / "openapi.yaml"
    main.write_text("openapi: 3.1.0\ninfo: {}\npaths: {/a: {$ref: parts/path.json}}\n")
    parameter = openapi.read(str(main)).operations[0].parameters[0]
    assert parameter.schema is not None
    assert schema.compile(parameter.schema).faults({"of": "x"}) == [("/of", "type integer")]


def test_anchors_and_ids_of_3_1_are_found() -> None:
    schemas = {
        "A": {"$anchor": "here", "type": "integer"},
        "B": {"$id": "https://x.example/b", "$defs": {"c": {"type": "string"}}, "type": "boolean"},
    }
    for reference, good in (("#here", 1), ("https://x.example/b", True), ("https://x.example/b#/$defs/c", "x")):
        operation = one(
            {"parameters": [{"name": "q", "in": "query", "schema": {"$ref": reference}}]},
            components={"schemas": schemas},
        )
        found = operation.parameters[0].schema
        assert found is not None
        validator = schema.compile(found)
        assert validator.is_valid(good)
        assert not validator.is_valid(None)


def test_examples_travel_with_the_schema() -> None:
    operation = one({"parameters": [
        {"name": "q", "in": "query", "example": 5, "schema": {"type": "integer", "example": 7}}]})  # fmt: skip
    found = operation.parameters[0].schema
    assert found is not None
    assert isinstance(found.fragment, dict)
    assert found.fragment["examples"] == [5, 7]


def test_json_with_a_byte_order_mark_and_json_like_yaml_read() -> None:
    document = json.dumps({"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {}}}}).encode()
    assert openapi.from_text(b"\xef\xbb\xbf" + document, source="a.json").operations
    assert openapi.from_text(b"{openapi: 3.1.0, info: {}, paths: {/a: {get: {}}}}", source="a.yaml").operations
