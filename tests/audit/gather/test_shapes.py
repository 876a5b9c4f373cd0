"""Kinds of objects, tied as APIs of many hands tie them."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of
from ostiary.audit.gather.shapes import Kind, kinds, noun_of, refers_to
from shop import OK

READ: dict[str, Any] = {"responses": OK}
BODY: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, **READ}


def kinds_of(paths: dict[str, dict[str, Any]]) -> dict[str, Kind]:
    api = api_of(paths)
    return {each.path: each for each in kinds(api.operations, api)}


def test_a_collection_and_its_members_are_one_kind() -> None:
    kind = kinds_of({"/books/v1": {"get": READ, "post": BODY}, "/books/v1/{book_title}": {"get": READ, "delete": READ}})["/books/v1"]  # fmt: skip
    assert (kind.noun, kind.hole) == ("book", "book_title")
    assert kind.create is not None
    assert kind.lists is not None
    assert kind.read is not None
    assert kind.delete is not None


@pytest.mark.parametrize("create", ["/orders", "/orders/new", "/create-order", "/api/order"])
def test_what_is_called_alike_belongs_together(create: str) -> None:
    kind = kinds_of({create: {"post": BODY}, "/order/{orderId}": {"get": READ}})["/order"]
    assert kind.create is not None
    assert kind.create.path == create


def test_a_collections_own_path_lists_it_before_another_that_is_called_alike() -> None:
    kind = kinds_of({"/me/orders": {"get": READ}, "/orders": {"get": READ}, "/orders/{id}": {"get": READ}})["/orders"]
    assert kind.lists is not None
    assert kind.lists.path == "/orders"


def test_nested_collections_are_kinds_of_their_own_and_acts_are_not() -> None:
    found = kinds_of(
        {
            "/users/{user_id}": {"get": READ},
            "/users/{user_id}/password": {"put": BODY},
            "/users/{user_id}/notes": {"get": READ, "post": BODY},
            "/users/{user_id}/notes/{note_id}": {"get": READ},
        }
    )
    assert [each.path for each in found["/users"].writes] == ["/users/{user_id}/password"]
    notes = found["/users/{user_id}/notes"]
    assert notes.create is not None
    assert notes.holes == ["user_id", "note_id"]


def test_another_read_of_the_same_object_is_one() -> None:
    found = kinds_of(
        {"/orders": {"post": BODY}, "/orders/{order_id}": {"get": READ}, "/orders/status/{order_id}": {"get": READ}}
    )
    assert [each.path for each in found["/orders"].reads] == ["/orders/status/{order_id}"]
    assert "/orders/status" not in found


def test_an_id_in_the_query_names_an_object_too() -> None:
    asks = {
        "parameters": [{"name": "order_id", "in": "query", "required": True, "schema": {"type": "integer"}}],
        **READ,
    }
    kind = kinds_of({"/order": {"get": asks, "post": BODY}})["/order"]
    assert kind.hole == "order_id"
    assert kind.read is not None


def test_links_tie_what_nothing_else_does() -> None:
    links = {"GetIt": {"operationId": "getThing", "parameters": {"key": "$response.body#/data/key"}}}
    made = {**BODY, "responses": {"201": {"description": "made", "links": links}}}
    found = kinds_of({"/make": {"post": made}, "/things/{key}": {"get": {"operationId": "getThing", **READ}}})
    kind = found["/things"]
    assert kind.create is not None
    assert kind.create.path == "/make"
    assert kind.links == {"key": "$response.body#/data/key"}


@pytest.mark.parametrize(
    ("path", "noun"), [("/api/v1/orders", "order"), ("/books/v1", "book"), ("/categories", "category"), ("/user-addresses", "address"), ("/bus", "bus")]
)  # fmt: skip
def test_nouns_are_the_last_words_of_paths(path: str, noun: str) -> None:
    assert noun_of(path) == noun


@pytest.mark.parametrize(
    ("name", "noun"), [("menu_item_id", "item"), ("orderId", "order"), ("quantity", ""), ("id", ""), ("userUUID", "user")]
)  # fmt: skip
def test_fields_refer_by_name(name: str, noun: str) -> None:
    assert refers_to(name) == noun
