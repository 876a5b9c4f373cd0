"""Properties that only the server sets are taken out of what a client sends (OpenAPI 3.1, ``readOnly``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ostiary.model import Schema
from ostiary.parts.schema import is_read_only

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLES = ("then", "else")


class _Node:
    """What to do with one value: names to drop, and where to go on."""

    __slots__ = ("drops", "inside", "items", "useful")

    def __init__(self) -> None:
        self.drops: frozenset[str] = frozenset()
        self.inside: dict[str, _Node] = {}
        self.items: _Node | None = None
        self.useful = False


def dropper(schema: Schema) -> Callable[[Any], None] | None:
    """What removes ``readOnly`` properties from a document, in place; None when the schema marks none.

    A property that one branch of a union marks and another does not is kept.
    """
    definitions = schema.root.get("$defs", {})
    known: dict[tuple[int, ...], _Node] = {}
    kept: list[Any] = []  # nodes stay alive while their ids are keys
    root = _build([schema.fragment], definitions, known, kept)
    _mark(list(known.values()))
    if not root.useful:
        return None

    def drop(document: Any) -> None:
        _walk(root, document)

    return drop


def _walk(node: _Node, value: Any) -> None:
    if isinstance(value, dict):
        for name in node.drops:
            value.pop(name, None)
        for name, inner in node.inside.items():
            if name in value:
                _walk(inner, value[name])
    elif isinstance(value, list) and node.items is not None:
        for each in value:
            _walk(node.items, each)


def _build(
    schemas: list[Any], definitions: Mapping[str, Any], known: dict[tuple[int, ...], _Node], kept: list[Any]
) -> _Node:
    flat: list[Mapping[str, Any]] = []
    for schema in schemas:
        _flatten(schema, definitions, flat, set())
    key = tuple(id(each) for each in flat)
    node = known.get(key)
    if node is not None:
        return node
    kept.append(flat)
    node = known[key] = _Node()
    named: dict[str, list[Any]] = {}
    items = []
    for each in flat:
        for name, inner in each.get("properties", {}).items():
            named.setdefault(name, []).append(inner)
        if "items" in each:
            items.append(each["items"])
    node.drops = frozenset(n for n, each in named.items() if all(is_read_only(one, definitions) for one in each))
    node.inside = {n: _build(e, definitions, known, kept) for n, e in named.items() if n not in node.drops}
    node.items = _build(items, definitions, known, kept) if items else None
    return node


def _flatten(schema: Any, definitions: Mapping[str, Any], flat: list[Mapping[str, Any]], seen: set[str]) -> None:
    if not isinstance(schema, Mapping):
        return
    flat.append(schema)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        _flatten(definitions.get(reference.removeprefix("#/$defs/")), definitions, flat, seen)
    for key in _LISTS:
        for each in schema.get(key, ()):
            _flatten(each, definitions, flat, seen)
    for key in _SINGLES:
        _flatten(schema.get(key), definitions, flat, seen)


def _mark(nodes: list[_Node]) -> None:
    """Find the nodes that lead to something to drop, and cut off the others."""
    changed = True
    while changed:
        changed = False
        for node in nodes:
            inner = [*node.inside.values(), *([node.items] if node.items else [])]
            if not node.useful and (node.drops or any(each.useful for each in inner)):
                node.useful = changed = True
    for node in nodes:
        node.inside = {name: each for name, each in node.inside.items() if each.useful}
        node.items = node.items if node.items is not None and node.items.useful else None
