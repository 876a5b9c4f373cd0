"""What it would cost to name every fault of a value: unions inside unions multiply, and recursion raises to a power."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

MOST_FAULTS_MADE: Final = 2_000  # that a validator may have to make before we see the first: each costs some 13 us
_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_UNIONS: Final = ("anyOf", "oneOf")
_DATA: Final = frozenset({"const", "enum", "required", "dependentRequired", "default", "examples"})


class Weight(NamedTuple):
    """Of a schema: by how much its unions multiply the faults of one value, and the widest union in a loop (1: none)."""

    factor: int
    looping: int

    def affords(self, value: Any) -> bool:
        """Whether all faults of a value can be had within `MOST_FAULTS_MADE`."""
        values, depth = _measure(value)
        if values > MOST_FAULTS_MADE:
            return False
        made: int = values * self.factor * self.looping ** min(depth, 64)
        return made <= MOST_FAULTS_MADE


def weight_of(schema: Any, definitions: Mapping[str, Any]) -> Weight:
    """Weigh a schema whose references end in ``#/$defs/`` and a name of `definitions`."""
    walk = _Walk(definitions)
    try:
        factor = walk.factor(schema)
    except RecursionError:  # deeper than any of the documents that people wrote: taken for a loop
        walk.loops, factor = True, 1
    return Weight(factor, max(walk.widest, 2) if walk.loops and walk.widest > 1 else 1)


class _Walk:
    """One walk through all that a schema reaches."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._known: dict[str, int] = {}
        self._open: set[str] = set()
        self.widest = 1
        self.loops = False

    def factor(self, node: Any) -> int:
        """The largest product of the widths of unions that stand inside one another."""
        if isinstance(node, list):
            return max((self.factor(each) for each in node), default=1)
        if not isinstance(node, Mapping):
            return 1
        most = 1
        for key, value in node.items():
            if key in _UNIONS and isinstance(value, list):
                self.widest = max(self.widest, len(value))
                most = max(most, len(value) * self.factor(value))
            elif key == "$ref" and isinstance(value, str):
                most = max(most, self._named(value.rpartition("#/$defs/")[2]))
            elif key not in _DATA:
                most = max(
                    most, self.factor(list(value.values()) if isinstance(value, Mapping) and key in _MAPS else value)
                )
        return most

    def _named(self, name: str) -> int:
        if name in self._open:
            self.loops = True
            return 1
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self.factor(self._definitions.get(name))
            self._open.discard(name)
        return self._known[name]


def _measure(value: Any) -> tuple[int, int]:
    """How many values there are, counted as far as it matters, and how many containers stand inside the outermost."""
    values, depth = 0, -1
    level = [value]
    while level and values <= MOST_FAULTS_MADE:
        values += len(level)
        containers = [each for each in level if isinstance(each, (dict, list))]
        depth += bool(containers)
        level = [one for each in containers for one in (each.values() if isinstance(each, dict) else each)]
    return values, max(depth, 0)
