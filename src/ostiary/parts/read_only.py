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

    __slots__ = ("drops", "inside", "items", "named", "others", "useful")

    def __init__(self) -> None:
        self.drops: frozenset[str] = frozenset()
        self.inside: dict[str, tuple[_Node, ...]] = {}
        self.items: tuple[_Node, ...] = ()
        self.named: frozenset[str] = frozenset()
        self.others: tuple[_Node, ...] = ()  # for names that no schema names: maps have such
        self.useful = False


def dropper(schema: Schema) -> Callable[[Any], None] | None:
    """What removes ``readOnly`` properties from a document, in place; None when the schema marks none.

    A property of an object that one branch of a union marks and another does not is kept.
    """
    memo: dict[Any, Any] = getattr(schema.root, "memo", {})
    nodes: _Nodes = memo.setdefault("read-only", _Nodes(schema.root.get("$defs", {})))
    root = nodes.root(schema.fragment)
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
                for each in inner:
                    _walk(each, value[name])
        if node.others:
            _walk_others(node, value)
    elif isinstance(value, list):
        for inner_node in node.items:
            for each in value:
                _walk(inner_node, each)


def _walk_others(node: _Node, members: dict[str, Any]) -> None:
    for name, value in members.items():
        if name not in node.named:
            for each in node.others:
                _walk(each, value)


class _Nodes:
    """One node per schema of a document, made when first met: recursion ends, and shared schemas are shared."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._known: dict[int, tuple[_Node, Any]] = {}
        self._new: list[tuple[_Node, Any]] = []

    def root(self, schema: Any) -> _Node:
        """The node of a schema, complete and trimmed; what earlier roots reached is finished already."""
        node = self._of(schema)
        for each, its_schema in self._new:
            self._fill(each, its_schema)
        self._trim([each for each, _ in self._new])
        self._new = []
        return node

    def _of(self, schema: Any) -> _Node:
        reference = schema.get("$ref") if isinstance(schema, Mapping) and len(schema) == 1 else None
        if isinstance(reference, str):  # many places, one node
            schema = self._definitions.get(reference.removeprefix("#/$defs/"))
        known = self._known.get(id(schema))
        if known is None:
            known = self._known[id(schema)] = (_Node(), schema)  # the schema is kept, so that its id stays its own
            self._new.append(known)
        return known[0]

    def _fill(self, node: _Node, schema: Any) -> None:
        flat: list[Mapping[str, Any]] = []
        _flatten(schema, self._definitions, flat, set())
        named: dict[str, list[Any]] = {}
        for each in flat:
            for name, inner in each.get("properties", {}).items():
                named.setdefault(name, []).append(inner)
        node.named = frozenset(named)
        node.drops = frozenset(n for n, es in named.items() if all(is_read_only(e, self._definitions) for e in es))
        node.inside = {n: tuple(self._of(e) for e in es) for n, es in named.items() if n not in node.drops}
        node.items = tuple(self._of(each["items"]) for each in flat if "items" in each)
        node.others = tuple(self._of(each) for one in flat for each in _of_others(one))

    @staticmethod
    def _trim(nodes: list[_Node]) -> None:
        """Find the nodes that lead to something to drop, and cut off the others."""
        above: dict[_Node, list[_Node]] = {}
        queue = []
        for node in nodes:
            inner = [*node.items, *node.others, *(each for several in node.inside.values() for each in several)]
            for each in inner:
                above.setdefault(each, []).append(node)
            if node.drops or any(each.useful for each in inner):
                queue.append(node)
        for node in queue:
            if not node.useful:
                node.useful = True
                queue += above.get(node, ())
        for node in nodes:
            kept = {name: tuple(each for each in several if each.useful) for name, several in node.inside.items()}
            node.inside = {name: several for name, several in kept.items() if several}
            node.items = tuple(each for each in node.items if each.useful)
            node.others = tuple(each for each in node.others if each.useful)


def _of_others(schema: Mapping[str, Any]) -> list[Any]:
    """The schema of members that `properties` does not name, where one schema holds for all of them."""
    found = [schema[key] for key in ("additionalProperties", "unevaluatedProperties") if key in schema]
    found += schema.get("patternProperties", {}).values()
    return [each for each in found if isinstance(each, Mapping)] if len(found) == 1 else []


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
