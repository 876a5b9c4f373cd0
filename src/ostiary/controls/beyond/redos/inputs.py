"""The patterns that inputs of a document meet, and which of them are dangerous in a backtracking engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ostiary.controls.beyond.redos.growth import Malformed, Pump, pump_of
from ostiary.model import Operation, Place, Schema

SHORT: Final = 25  # characters; a maxLength up to here bounds even doubling per character
_DATA: Final = frozenset({"const", "enum", "examples", "default"})
_MAPS: Final = frozenset({"properties", "dependentSchemas", "patternProperties"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A pattern, where it stands, and what request meets it; `pump` is set when it is dangerous on this input."""

    pattern: str
    place: str
    operation: Operation
    pump: Pump | None = None
    query: str = ""  # the query parameter that meets it directly
    member: str = ""  # the member of a JSON body that meets it directly


def met_by(operations: Iterable[Operation]) -> list[Met]:
    """Every pattern once, with the first input that meets it; those that a request reaches directly first."""
    found: dict[str, Met] = {}
    seen: set[int] = set()
    for operation in operations:
        for each in (*_direct(operation), *_anywhere(operation, seen)):
            found.setdefault(each.pattern, each)
    return list(found.values())


def _direct(operation: Operation) -> Iterator[Met]:
    for parameter in operation.parameters:
        if parameter.place is Place.QUERY and parameter.schema is not None:
            node = _followed(parameter.schema.fragment, parameter.schema)
            yield from _one(node, parameter.schema, operation, query=parameter.name)
    for name, media in operation.consumes.items():
        if name.endswith("json") and media.schema is not None:
            whole = _followed(media.schema.fragment, media.schema)
            for member, inner in whole.get("properties", {}).items():
                yield from _one(_followed(inner, media.schema), media.schema, operation, member=member)


def _anywhere(operation: Operation, seen: set[int]) -> Iterator[Met]:
    schemas = [each.schema for each in operation.parameters] + [each.schema for each in operation.consumes.values()]
    for schema in schemas:
        queue: list[Any] = [schema.fragment] if schema is not None else []
        while queue and schema is not None:
            node = queue.pop()
            if isinstance(node, list):
                queue += node
            elif isinstance(node, Mapping) and id(node) not in seen:
                seen.add(id(node))
                yield from _one(node, schema, operation)
                queue.append(_target(node, schema))
                for key, value in node.items():
                    if key not in _DATA:
                        queue += value.values() if key in _MAPS else [value]


def _one(
    node: Mapping[str, Any], schema: Schema, operation: Operation, *, query: str = "", member: str = ""
) -> Iterator[Met]:
    pattern = node.get("pattern")
    if not isinstance(pattern, str):
        return
    place = getattr(schema.root, "places", {}).get(pattern, f"#{schema.pointer}")
    try:
        pump = pump_of(pattern) if node.get("maxLength", SHORT + 1) > SHORT else None
    except Malformed:
        pump = None
    yield Met(pattern=pattern, place=place, operation=operation, pump=pump, query=query, member=member)


def _target(node: Mapping[str, Any], schema: Schema) -> Any:
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return None
    return schema.root.get("$defs", {}).get(reference.removeprefix("#/$defs/"))


def _followed(node: Any, schema: Schema) -> Mapping[str, Any]:
    for _ in range(20):
        target = _target(node, schema) if isinstance(node, Mapping) else None
        if target is None:
            break
        node = target
    return node if isinstance(node, Mapping) else {}
