"""The annex's rooms, their switches, and the one document that is written from them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ostiary.demo.annex import (
    accounts,
    admin,
    archive,
    cards,
    doorstep,
    letters,
    notes,
    partners,
    shelves,
    till,
    tokens,
    works,
)
from ostiary.demo.annex.room import object_of, text
from ostiary.errors import ConfigError

ROOMS: tuple[ModuleType, ...] = (accounts, notes, admin, partners, letters, works, cards, archive, shelves, till)
FAULTS: dict[str, str] = {
    "processing.debug-off": "answers an id that it cannot read with a stack trace",  # the house's own
    "input.gateway-caching": "keeps what is asked for under the name of a style sheet, for everybody",
    **tokens.FAULTS,
    **doorstep.FAULTS,
    **{name: told for room in ROOMS for name, told in room.FAULTS.items()},
}
_PROBLEM = object_of(
    {
        "type": text(200),
        "title": text(100),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": text(5000),
    }
)


def chosen(faults: Iterable[str]) -> frozenset[str]:
    """The switches that are on.

    :raises ConfigError: for a name that is no switch.
    """
    found = frozenset(faults)
    for name in sorted(found - FAULTS.keys()):
        raise ConfigError(f"fault {name!r}", "the annex has no such switch", f"it has {', '.join(FAULTS)}")
    return found


def served(faults: frozenset[str]) -> dict[str, dict[str, Any]]:
    """Path templates with their operations, every room's, with the marks that only the house reads."""
    found: dict[str, dict[str, Any]] = {}
    for room in ROOMS:
        for template, item in room.paths(faults).items():
            found.setdefault(template, {}).update(copy.deepcopy(item))
    return found


def room_of(operation: str, faults: frozenset[str]) -> ModuleType:
    """The room that serves an operation."""
    return next(
        room
        for room in ROOMS
        for item in room.paths(faults).values()
        for each in item.values()
        if each["operationId"] == operation
    )


def document(faults: Iterable[str] = ()) -> dict[str, Any]:
    """The annex's OpenAPI 3.1 document with these switches on; a fault that it would give away is not told in it."""
    paths = served(chosen(faults))
    for item in paths.values():
        for operation in item.values():
            operation.pop("x-loose", None)
            operation.pop("x-anyone", None)
    reply = {"description": "What went wrong (RFC 9457)", "content": {"application/problem+json": _schema("Problem")}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Annex", "version": "1.0.0", "description": "Accounts, notes, and rooms to come."},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "responses": {"Problem": reply},
            "schemas": {"Problem": _PROBLEM},
        },
    }


def _schema(name: str) -> Mapping[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}
