"""Text becomes the types that a schema asks for: parameters and form fields have no types of their own."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ostiary.model import Schema

ALL: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})
MOST_DEPTH: Final = 8  # of names such as a[b][c]; each level is an object that somebody has to build
_INT: Final = re.compile(r"-?[0-9]{1,40}")
_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?")
_TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}  # `True` is what Python's clients send
_BESIDE: Final = ("allOf", "anyOf", "oneOf")
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")


class Shape:
    """What a schema asks of text: the kinds of value it may be, and the shapes inside."""

    def __init__(self, node: Any, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._nodes: list[Mapping[str, Any]] = []
        self._inside: dict[str, Shape] = {}
        self.kinds = self._look(node, {})

    def _look(self, node: Any, seen: dict[str, frozenset[str]]) -> frozenset[str]:
        if not isinstance(node, Mapping):
            return ALL
        self._nodes.append(node)
        kinds = _declared(node)
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference not in seen:
                seen[reference] = ALL  # until it is known; loops in place are cut by the reader
                target = self._definitions.get(reference.removeprefix("#/$defs/"))
                seen[reference] = self._look(target, seen)
            kinds &= seen[reference]
        for each in node.get("allOf", ()):
            kinds &= self._look(each, seen)
        for union in ("anyOf", "oneOf"):
            if union in node:
                kinds &= frozenset().union(*(self._look(each, seen) for each in node[union]))
        return kinds

    @functools.cached_property
    def items(self) -> Shape:
        """The shape of an array's items."""
        found = next((node["items"] for node in self._nodes if "items" in node), True)
        return Shape(found, self._definitions)

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The properties that are named."""
        return tuple(dict.fromkeys(name for node in self._nodes for name in node.get("properties", ())))

    @property
    def free(self) -> bool:
        """Whether an object of this shape may have properties that are not named."""
        return all(node.get("additionalProperties", True) is not False for node in self._nodes)

    @property
    def bytes(self) -> bool:
        """Whether the value is raw bytes rather than text."""
        return any(node.get("x-format") == "binary" for node in self._nodes)

    def property(self, name: str) -> Shape:
        """The shape of a property, named or not."""
        shape = self._inside.get(name)
        if shape is None:
            nodes = [node["properties"][name] for node in self._nodes if name in node.get("properties", ())]
            if not nodes:
                rest = [node["additionalProperties"] for node in self._nodes if "additionalProperties" in node]
                return Shape(rest[0] if rest else True, self._definitions)
            shape = self._inside[name] = Shape(nodes[0], self._definitions)
        return shape

    def takes(self, kind: str) -> bool:
        """Whether the value may be of a kind, and the schema says so itself."""
        return kind in self.kinds and self.kinds != ALL

    def scalar(self, text: str) -> Any:
        """One text as one of the kinds; the text itself where nothing else fits, so that the validator says why."""
        return coerced(text, self.kinds)

    def texts(self, texts: list[str]) -> Any:
        """One or several texts under one name."""
        if self.takes("array"):
            return [self.items.scalar(text) for text in texts]
        return self.scalar(texts[0]) if len(texts) == 1 else [self.scalar(text) for text in texts]

    def nested(self, tree: Any, depth: int = 0) -> Any:
        """A tree of names (dicts) and texts (lists), as values of this shape.

        :raises ValueError: when it is deeper than `MOST_DEPTH`.
        """
        if not isinstance(tree, dict):
            return self.texts(tree)
        if depth > MOST_DEPTH:
            raise ValueError("nests too deep")
        if self.takes("array") and not self.takes("object"):
            values: list[Any] = []
            for each in tree.values():
                inner = self.items.nested(each, depth + 1)
                values += [self.items.scalar(text) for text in each] if isinstance(each, list) else [inner]
            return values
        return {name: self.property(name).nested(each, depth + 1) for name, each in tree.items()}


def shape_of(schema: Schema) -> Shape:
    """The shape of a schema."""
    return Shape(schema.fragment, schema.root.get("$defs", {}))


def coerced(text: str, kinds: frozenset[str]) -> Any:
    """A text as the first of number, boolean and null that is asked for and fits it; else the text."""
    if kinds == ALL:
        return text
    if ("integer" in kinds or "number" in kinds) and (number := _number(text, kinds)) is not None:
        return number
    if "boolean" in kinds and "string" not in kinds and text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    if "null" in kinds and "string" not in kinds and text in {"", "null"}:
        return None
    return text


def _number(text: str, kinds: frozenset[str]) -> float | None:
    if _INT.fullmatch(text):
        return int(text)
    if "number" in kinds and _NUMBER.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    return None


def _declared(node: Mapping[str, Any]) -> frozenset[str]:
    kinds = node.get("type")
    if isinstance(kinds, str):
        kinds = [kinds]
    if kinds is None and "const" in node:
        kinds = [_kind(node["const"])]
    elif kinds is None and "enum" in node:
        kinds = [_kind(each) for each in node["enum"]]
    if kinds is None:
        return ALL
    return frozenset(kinds) | (frozenset({"integer"}) if "number" in kinds else frozenset())


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    known = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return known.get(type(value), "object")


def split_name(name: str) -> tuple[str, ...]:
    """``a[b][]`` as ``("a", "b", "")``; a name without brackets, or with odd ones, as itself."""
    match = _NAME.fullmatch(name) if name.endswith("]") else None
    return (match[1], *match[2][1:-1].split("][")) if match is not None else (name,)


def tree_of(pairs: Iterable[tuple[tuple[str, ...], str]]) -> dict[str, Any]:
    """Pairs of split names and texts as a tree; texts under one name are a list.

    :raises ValueError: when a name is both a value and a collection, or too deep.
    """
    tree: dict[str, Any] = {}
    for path, text in pairs:
        here = tree
        if len(path) > MOST_DEPTH:
            raise ValueError("nests too deep")
        for n, token in enumerate(path[:-1]):
            key = token or f"{len(here)}" if n else token
            here = here.setdefault(key, {})
            if not isinstance(here, dict):
                raise ValueError("is both a value and a collection")  # noqa: TRY004 - the sender's mistake
        last = path[-1] or f"{len(here)}" if len(path) > 1 else path[-1]
        texts = here.setdefault(last, [])
        if not isinstance(texts, list):
            raise ValueError("is both a value and a collection")  # noqa: TRY004 - the sender's mistake
        texts.append(text)
    return tree
