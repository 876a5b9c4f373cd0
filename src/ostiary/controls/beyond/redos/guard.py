"""At start every pattern that requests meet is compiled by the linear-time engine; requests cost nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ostiary.controls.beyond.redos.settings import Settings
from ostiary.errors import ConfigError
from ostiary.model import Hooks, Operation, Schema, Site
from ostiary.parts.schema import pattern_problem, patterns_of

_HINT = (
    'rewrite it without, or set [beyond.redos] unsupported = "ignore" to leave such patterns unchecked, '
    "or name this place in `unchecked`"
)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse to start with a pattern that has no linear-time meaning, unless the policy leaves it unchecked."""
    if settings.unsupported == "refuse":
        for schema in _schemas(operation):
            _inspect(schema, settings)
    return None


def _schemas(operation: Operation) -> Iterator[Schema]:
    for parameter in operation.parameters:
        if parameter.schema is not None:
            yield parameter.schema
    for media in operation.consumes.values():
        if media.schema is not None:
            yield media.schema


def _inspect(schema: Schema, settings: Settings) -> None:
    memo: dict[Any, Any] = getattr(schema.root, "memo", {})
    seen: set[str] = memo.setdefault(("redos", settings.unchecked), set())
    places: dict[str, str] = getattr(schema.root, "places", {})
    for pattern in patterns_of(schema, seen):
        problem = pattern_problem(pattern)
        if not problem:
            continue
        place = places.get(pattern, f"#{schema.pointer}")
        if not {place, place[place.find("#") :]}.isdisjoint(settings.unchecked):
            continue
        shown = pattern if len(pattern) <= 60 else f"{pattern[:57]}..."  # noqa: PLR2004 - one line of a terminal
        raise ConfigError(place, f"the pattern {shown!r} {problem}", _HINT)
