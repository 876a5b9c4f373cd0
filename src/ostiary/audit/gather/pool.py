"""Values that an API has shown, by the name of a field that would refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ostiary.audit.gather import shapes
from ostiary.errors import Unanswerable
from ostiary.parts.seen import things
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.doors import granted

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp

MOST_LISTS: Final = 12  # collections that are read for values
_KEPT: Final = 3  # values of one name
_IDS: Final = ("id", "_id", "uuid", "guid", "slug", "key", "code", "number", "pk")
_DEEPEST: Final = 5


class Pool:
    """Values that the API has shown, by what a field that refers to one would be called."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Any]] = {}

    async def fill(self, http: LiveHttp) -> None:
        """Read collections; most have been read before, and cost nothing."""
        reads = [each for each in http.operations if each.method == "GET" and "{" not in each.path]
        for operation in reads[:MOST_LISTS]:
            try:
                answer = await http.send_to(operation)
            except Unanswerable:
                continue
            if granted(answer):
                for entry in things.listed(parse(answer.body))[:_KEPT]:
                    self._take(shapes.noun_of(operation.path), entry)

    def learn(self, noun: str, identifier: str, document: Any) -> None:
        """Remember what was created: it goes first."""
        for entry in objects_in(document):
            self._take(noun, entry)
        if identifier:
            self._seen.setdefault(f"{noun}id", []).insert(0, identifier)

    def get(self, name: str, noun: str) -> Any:
        """A value for a field or parameter of that name, which may refer to a kind of objects; None: nothing was seen."""
        plain = flat(name)
        stem = noun or shapes.refers_to(name)
        for key in (plain, f"{stem}{plain}", f"{stem}id", f"{stem}uuid", f"{stem}slug"):
            if stem and self._seen.get(key):
                return self._seen[key][0]
        return None

    def suggestions(self) -> dict[str, Any]:
        """One value for each name, in lower case."""
        return {name: found[0] for name, found in self._seen.items() if found}

    def _take(self, noun: str, entry: Mapping[str, Any]) -> None:
        for name, value in entry.items():
            if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
                continue
            plain = flat(str(name))
            key = f"{noun}{plain}" if plain in {*_IDS, "name"} and noun else plain
            known = self._seen.setdefault(key, [])
            if value not in known and len(known) < _KEPT:
                known.append(value)


def objects_in(node: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The objects of a reply about one thing: itself, and what it is wrapped in."""
    if depth > _DEEPEST or node is NOT_JSON:
        return
    if isinstance(node, Mapping):
        yield node
        for each in node.values():
            if isinstance(each, Mapping):
                yield from objects_in(each, depth + 1)
    elif isinstance(node, list) and len(node) == 1:
        yield from objects_in(node[0], depth + 1)


def flat(name: str) -> str:
    """A name with nothing but letters and digits, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
