"""A schema that contains itself without going one level down would never end; here such loops are cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.parts.openapi.shelf import wrong

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_SINGLES: Final = ("not", "if", "then", "else")
_IN_PLACE: Final = frozenset({"$ref", "dependentSchemas", *_LISTS, *_SINGLES})
_START: Final = len("#/$defs/")


def cut_loops(definitions: dict[str, Any], origins: Mapping[str, str], notes: dict[str, None]) -> None:
    """Replace a reference that closes a loop by what its target says without following references.

    ``Pet: oneOf [Cat]`` with ``Cat: allOf [Pet]`` is common: inside Cat, Pet means Pet's own properties.

    :raises ConfigError: when no schema on the loop says anything.
    """
    done: set[str] = set()
    for start in list(definitions):
        if start in done:
            continue
        path = [start]
        open_names = {start}
        edges = [_edges(definitions[start])]
        while edges:
            holder = next(edges[-1], None)
            if holder is None:
                edges.pop()
                name = path.pop()
                open_names.discard(name)
                done.add(name)
                continue
            target = holder["$ref"][_START:]
            if target in open_names:
                loop = path[path.index(target) :]
                if not any(_own(definitions[name]) for name in loop):
                    wrong(origins[target], "the schema is defined by itself alone", "let it say a type or properties")
                holder["$ref"] = f"#/$defs/{_alone(target, definitions)}"
                notes[f"{origins[target]} contains itself in place: inside, only its own keywords count"] = None
            elif target not in done:
                path.append(target)
                open_names.add(target)
                edges.append(_edges(definitions[target]))


def _edges(schema: Any) -> Iterator[dict[str, Any]]:
    """The schemas with a ``$ref`` that apply to the same value as this one."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield schema
    for key in _LISTS:
        for each in schema.get(key, ()):
            yield from _edges(each)
    for key in _SINGLES:
        if key in schema:
            yield from _edges(schema[key])
    for each in schema.get("dependentSchemas", {}).values():
        yield from _edges(each)


def _alone(name: str, definitions: dict[str, Any]) -> str:
    alone = f"{name}..alone"
    definitions.setdefault(alone, _own(definitions[name]))
    return alone


def _own(schema: Any) -> Any:
    """What a schema says without following a reference."""
    if not isinstance(schema, dict):
        return schema
    own = {key: value for key, value in schema.items() if key not in _IN_PLACE}
    members = [each for each in schema.get("allOf", ()) if next(_edges(each), None) is None]
    return {**own, "allOf": members} if members else own
