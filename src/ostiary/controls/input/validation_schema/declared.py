"""What a document says of one value, as far as it says it plainly; the audits' own reading, not the guard's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ostiary.model import Media, Operation, Parameter, Schema

_FOLLOWED: Final = 20
_NEVER: Final = "ostiary-not-a-value"
_FORMATS: Final = frozenset({"date-time", "date", "uuid", "email", "ipv4", "ipv6"})  # that the word above cannot be
_LONGEST: Final = 5_000  # characters that a probe sends

Broken = tuple[str, Any]  # what is wrong with it, a value that is wrong in this way


@dataclass(frozen=True, slots=True)
class Said:
    """A schema with its references followed, where there is only one way to read it; else `kind` is empty."""

    node: Mapping[str, Any]
    definitions: Mapping[str, Any]
    kind: str
    nullable: bool = False

    def inside(self, name: str) -> Said:
        """A property."""
        return said(self.node.get("properties", {}).get(name, True), self.definitions)


def said(node: Any, definitions: Mapping[str, Any]) -> Said:
    """Follow references and the usual spelling of "or null"."""
    nullable = False
    for _ in range(_FOLLOWED):
        if not isinstance(node, Mapping):
            break
        if isinstance(node.get("$ref"), str) and "properties" not in node:
            node = definitions.get(node["$ref"].removeprefix("#/$defs/"))
            continue
        union = node.get("anyOf") or node.get("oneOf")
        others = [each for each in union or () if each != {"type": "null"}]
        if union and len(others) == 1 and "properties" not in node:
            nullable = nullable or len(union) > 1
            node = others[0]
            continue
        if len(node.get("allOf", ())) == 1 and "properties" not in node and "type" not in node:
            node = node["allOf"][0]
            continue
        break
    if not isinstance(node, Mapping) or not {"anyOf", "oneOf", "allOf", "not", "if"}.isdisjoint(node):
        return Said(node if isinstance(node, Mapping) else {}, definitions, "", nullable)
    kinds = node.get("type", "object" if "properties" in node else "")
    if isinstance(kinds, list):
        nullable = nullable or "null" in kinds
        rest = [kind for kind in kinds if kind != "null"]
        kinds = rest[0] if len(rest) == 1 else ""
    return Said(node, definitions, kinds, nullable)


def said_by(schema: Schema | None) -> Said:
    """What a parameter's or a body's schema says."""
    if schema is None:
        return Said({}, {}, "")
    return said(schema.fragment, schema.root.get("$defs", {}))


def broken_texts(parameter: Parameter) -> Iterator[Broken]:
    """Values of a parameter that its schema forbids whatever a server makes of text."""
    found = said_by(parameter.schema)
    node = found.node
    if parameter.media_type or found.kind not in {"integer", "number", "boolean", "string"}:
        return
    if found.kind != "string" or "enum" in node:
        yield f"{_NEVER!r} for a declared {'enum' if 'enum' in node else found.kind}", _NEVER
    if found.kind in {"integer", "number"} and isinstance(node.get("maximum"), int) and "format" not in node:
        yield "a number above its declared maximum", str(node["maximum"] + 1)
    if found.kind == "string":
        if node.get("format") in _FORMATS:
            yield f"{_NEVER!r} for a declared {node['format']}", _NEVER
        if 0 < node.get("maxLength", 0) < 1_000 and "enum" not in node:  # noqa: PLR2004 - a target has limits of its own
            yield "a text longer than its declared maxLength", "a" * (node["maxLength"] + 1)


def broken_values(found: Said) -> Iterator[Broken]:
    """JSON values that a schema forbids."""
    node = found.node
    wrong: dict[str, Any] = {
        "string": {"ostiary": 1}, "integer": _NEVER, "number": _NEVER, "boolean": _NEVER,
        "array": _NEVER, "object": _NEVER,
    }  # fmt: skip
    if found.kind in wrong:
        yield f"a {'text' if wrong[found.kind] == _NEVER else 'mapping'} for a declared {found.kind}", wrong[found.kind]
    if found.kind == "string":
        if "enum" in node and _NEVER not in node["enum"]:
            yield "a value outside its declared enum", _NEVER
        elif node.get("format") in _FORMATS:
            yield f"{_NEVER!r} for a declared {node['format']}", _NEVER
        if 0 < node.get("maxLength", 0) < _LONGEST and "enum" not in node:
            yield "a text longer than its declared maxLength", "a" * (node["maxLength"] + 1)
    if found.kind in {"integer", "number"}:
        if isinstance(node.get("maximum"), int):
            yield "a number above its declared maximum", node["maximum"] + 1
        if isinstance(node.get("minimum"), int):
            yield "a number below its declared minimum", node["minimum"] - 1


def json_media(operation: Operation) -> Media | None:
    """The JSON body that an operation declares."""
    return next((media for name, media in operation.consumes.items() if name.endswith(("/json", "+json"))), None)
