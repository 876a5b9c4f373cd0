"""A request whose members are set one by one: made valid from the document, then filled in with what we choose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from ostiary.audit.gather import values
from ostiary.audit.gather.requests import Maker
from ostiary.audit.gather.values import MISSING, Taste
from ostiary.model import Operation, Place

Path = tuple[str, ...]
_RANKS: Final = ("json", "x-www-form-urlencoded", "multipart/form-data")
_DEEPEST: Final = 6


@dataclass(slots=True)
class Draft:
    """A request on its way: where it goes, and what it holds so far."""

    operation: Operation
    media_type: str = "application/json"
    value: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def put(self, path: Path, value: Any) -> None:
        """Set a member; objects on the way are made."""
        holder = self.value
        for each in path[:-1]:
            inner = holder.get(each)
            if not isinstance(inner, dict):
                inner = holder[each] = {}
            holder = inner
        holder[path[-1]] = value

    def get(self, path: Path) -> Any:
        """A member, or `MISSING`."""
        found: Any = self.value
        for each in path:
            if not isinstance(found, dict) or each not in found:
                return MISSING
            found = found[each]
        return found

    def drop(self, path: Path) -> None:
        """Take a member out."""
        holder: Any = self.value
        for each in path[:-1]:
            holder = holder.get(each) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder.pop(path[-1], None)

    def paths(self) -> list[Path]:
        """Every member that is no object."""
        return list(_paths(self.value, ()))

    def packed(self, maker: Maker) -> tuple[str, bytes]:
        """What to name as Content-Type, and the bytes; JSON where it cannot be had as the operation wants it."""
        made = maker.packed(self.operation, self.media_type, self.value)
        return made or ("application/json", json.dumps(self.value, separators=(",", ":"), default=str).encode())

    def target(self, target: str) -> str:
        """A request target with the query that is set here, in the place of the same names."""
        path, _, query = target.partition("?")
        kept = [each for each in query.split("&") if each and each.partition("=")[0] not in self.query]
        own = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query.items()]
        text = "&".join([*kept, *own])
        return f"{path}?{text}" if text else path


def draft(operation: Operation, nonce: str) -> Draft:
    """The smallest valid request; an operation that takes an undescribed body gets an empty one, as JSON."""
    media_type = min(operation.consumes, key=_rank, default="application/json")
    if "*" in media_type:
        media_type = "application/json"
    made = Draft(operation, media_type.partition(";")[0].strip())
    media = operation.consumes.get(media_type)
    schema = media.schema if media is not None else None
    if schema is not None:
        for examples in (True, False):
            value = values.value_of(schema.fragment, schema.root, Taste(nonce=nonce, examples=examples))
            if isinstance(value, Mapping):
                made.value = json.loads(json.dumps(value, default=str))
                break
        for path in required(operation):
            if made.get(path) is MISSING:
                made.put(path, sample(operation, path, nonce))
    return made


def fragment(operation: Operation, path: Path) -> Mapping[str, Any]:
    """The schema of a member of an operation's body, with what allOf and the first of anyOf add; empty: not described."""
    for media_type in sorted(operation.consumes, key=_rank):
        schema = operation.consumes[media_type].schema
        if schema is None:
            continue
        found: Any = schema.fragment
        for each in path:
            found = values.merged(values.resolved(found, schema.root), schema.root)
            properties = found.get("properties") if isinstance(found, Mapping) else None
            found = properties.get(each) if isinstance(properties, Mapping) else None
        found = values.merged(values.resolved(found, schema.root), schema.root)
        if isinstance(found, Mapping) and found:
            return found
    for parameter in operation.parameters:
        if (parameter.name,) == path and parameter.place is Place.QUERY and parameter.schema is not None:
            given = parameter.schema.fragment
            return given if isinstance(given, Mapping) else {}
    return {}


def required(operation: Operation) -> list[Path]:
    """Members that the document requires, of objects that it requires."""
    return list(_required(operation, (), 0))


def sample(operation: Operation, path: Path, nonce: str) -> Any:
    """A value for a member, from its schema and its name."""
    media = next((operation.consumes[each] for each in sorted(operation.consumes, key=_rank)), None)
    root = media.schema.root if media is not None and media.schema is not None else {}
    return values.value_of(fragment(operation, path) or {"type": "string"}, root, Taste(nonce=nonce), path[-1])


def _required(operation: Operation, path: Path, depth: int) -> Iterator[Path]:
    here = fragment(operation, path)
    names = here.get("required")
    for name in names if isinstance(names, list) and depth < _DEEPEST else ():
        inner = fragment(operation, (*path, str(name)))
        if inner.get("properties"):
            yield from _required(operation, (*path, str(name)), depth + 1)
        else:
            yield (*path, str(name))


def _paths(value: Mapping[str, Any], before: Path) -> Iterator[Path]:
    for name, each in value.items():
        if isinstance(each, Mapping) and len(before) < _DEEPEST:
            yield from _paths(each, (*before, name))
        else:
            yield (*before, name)


def _rank(media_type: str) -> int:
    return next((at for at, word in enumerate(_RANKS) if word in media_type), len(_RANKS))
