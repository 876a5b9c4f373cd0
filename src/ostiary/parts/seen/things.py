"""Objects that an API lists: their ids, what a list shows of them, and how a read names one in its path."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from ostiary.model import Operation
from ostiary.parts.seen.owners import leaves, spelt

_MOST: Final = 200  # entries of a list
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ENOUGH: Final = 0.8  # of an object's values
_USUAL: Final = ("id", "_id", "uuid", "guid", "slug", "key", "code", "number", "name", "title")


def listed(document: Any) -> list[Mapping[str, Any]]:
    """The objects of a reply that is a list, or holds one."""
    if isinstance(document, list):
        return [each for each in document[:_MOST] if isinstance(each, Mapping)]
    if not isinstance(document, Mapping):
        return []
    inner = [each for each in document.values() if isinstance(each, (list, Mapping))]
    inner += [each for one in inner if isinstance(one, Mapping) for each in one.values() if isinstance(each, list)]
    return next((found for each in inner if isinstance(each, list) and (found := listed(each))), [])


def id_of(entry: Mapping[str, Any], hole: str) -> str:
    """The id of a listed object, for a path parameter of that name; empty when it has none."""
    low = {spelt(str(key)): value for key, value in entry.items()}
    for name in (spelt(hole), *_USUAL):
        value = low.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return ""


def is_read_of_one(operation: Operation) -> bool:
    """Whether an operation reads one object, which the last part of its path names."""
    return operation.method == "GET" and operation.declared and operation.path.rstrip("/").endswith("}")


def hole_of(operation: Operation) -> str:
    """The name of the last path parameter."""
    return operation.path.rstrip("/").rpartition("{")[2].rstrip("}")


def parent_of(operation: Operation) -> str:
    """The path of the collection that the object is in."""
    return operation.path.rstrip("/").rpartition("/")[0]


def aimed(target: str, thing: str) -> str:
    """A request target with another object in the last part of its path."""
    path, mark, query = target.partition("?")
    slash = "/" if path.endswith("/") else ""
    return f"{path.rstrip('/').rpartition('/')[0]}/{quote(thing, safe='')}{slash}{mark}{query}"


def junk_like(thing: str) -> str:
    """An id of the same kind that no object has."""
    if _UUID.fullmatch(thing):
        return "0b5714a2-1f0d-4c5e-9d0a-6e1f5a0c7b39"
    if thing.isdecimal():
        return "9" * max(len(thing), 9)
    return f"ostiary-{thing[::-1]}"[:60]


def shows(document: Any, other: Any) -> bool:
    """Whether one reply shows what another does: most of its values, at the same places."""
    wanted, found = leaves(document), leaves(other)
    return bool(wanted) and len(wanted & found) >= _ENOUGH * len(wanted)


def lists_whole(entries: Sequence[Mapping[str, Any]], document: Any) -> bool:
    """Whether a list shows an object in full, not merely that it exists."""
    inner = [document, *(document.values() if isinstance(document, Mapping) else ())]
    return any(shows(each, entry) for entry in entries for each in inner if isinstance(each, Mapping) and each)
