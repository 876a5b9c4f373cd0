"""Where a schema closes its objects itself, whoever found a document to fit has asked about its members already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ostiary.model import Schema
from ostiary.parts.layers import Layer, all_layers
from ostiary.parts.members import Place, whole_of
from ostiary.parts.schema import is_read_only

_MOST_PLACES: Final = 100  # looked at for one schema; what is larger is asked at each request
_CHOOSING: Final = frozenset({  # what makes a schema hold for some values, items or names and not for others
    "if", "then", "else", "dependentSchemas", "patternProperties", "prefixItems", "unevaluatedProperties", "$dynamicRef",
})  # fmt: skip
_NULL: Final = {"type": "null"}


def implied(schema: Schema) -> bool:
    """Whether a document that fits a schema has no member that `members.fitting` would object to.

    That holds where every object that names its members says ``additionalProperties: false`` itself, and nothing is
    read-only, conditional or one of several: then all that is said of a value holds for it.
    """
    whole, places = whole_of(schema)
    todo = [] if whole is None else [whole]
    seen: set[Place] = set()
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        told = places.told.get(place)
        if told is None:
            told = places.told[place] = _tells(place, places.definitions)
        if not told or len(seen) > _MOST_PLACES:
            return False
        todo += [below for _, below in place.rules.deep] if place.rules is not None else []
        todo += [place.items] if place.items is not None else []
    return True


def _tells(place: Place, definitions: Mapping[str, Any]) -> bool:
    """Whether the schemas of a place say themselves all that is asked of the names there."""
    rules = place.rules
    if rules is None or rules.others is not None:
        return False
    layers = all_layers(place.schemas, definitions)
    if rules.closed and not any(each.get("additionalProperties") is False for each in layers):
        return False
    return all(_holds_for_all(each, definitions) for each in layers)


def _holds_for_all(layer: Layer, definitions: Mapping[str, Any]) -> bool:
    if not _CHOOSING.isdisjoint(layer) or any(
        is_read_only(each, definitions) for each in layer.get("properties", {}).values()
    ):
        return False
    return all(_at_most_null_beside(layer.get(key, [])) for key in ("anyOf", "oneOf"))


def _at_most_null_beside(branches: list[Any]) -> bool:
    """Whether a union is no choice for an object or a list: one branch, and null."""
    return len([each for each in branches if each != _NULL]) <= 1
