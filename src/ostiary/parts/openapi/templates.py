"""Paths that were seen become templates: a segment that looks like an id, or that its own reply names, is a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from ostiary.parts.openapi.inferred import looks_secret

_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_VERSION: Final = re.compile(r"v?\d+\.\d+(?:\.\d+)?|v\d+[a-z0-9]*", re.IGNORECASE)
_IDS: Final = tuple(
    re.compile(each)
    for each in (
        r"\d+",
        r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        r"(?=.*\d)(?=.*[a-fA-F])[0-9a-fA-F]{12,}",
        r"(?=.*\d)[0-9A-HJKMNP-TV-Z]{26}",  # ULID
        r"[a-z]{2,12}_(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{8,}",  # cus_9s6XKzkNRiz8i3
        r"(?=(?:.*\d){3})(?=(?:.*[a-z]){2})(?=(?:.*[A-Z]){2})[A-Za-z0-9_-]{16,}",
        r"(?=.*[a-z]\d+[a-z]+\d)[a-z0-9]{14,}",  # digits in two places between letters: nobody's word
        r"[^/]+@[^/]+\.[^/]+",
        r".*-(?:\d+|(?=.*\d)[0-9a-z]{6,})",  # a slug with a number at its end
        r".*[ \"'<>|].*",
    )
)
_NAMING: Final = re.compile(r"(?:^|_|[a-z](?=I))(?:id|slug|uuid|key|name|title|code|number|no|username|login|handle|email|isbn|sku)$", re.IGNORECASE)  # fmt: skip
_WORDS: Final = frozenset(
    [
        "me",
        "self",
        "myself",
        "mine",
        "my",
        "current",
        "own",
        "profile",
        "account",
        "whoami",
        "new",
        "latest",
        "first",
        "last",
        "random",
        "search",
        "count",
        "stats",
        "all",
        "any",
        "login",
        "logout",
        "register",
        "signup",
        "signin",
        "export",
        "import",
        "health",
        "status",
        "default",
        "active",
    ]
)
_MOST_LOOKED_AT: Final = 60  # objects of a reply
_LEAST_SHARED: Final = 2  # members that the replies of two objects of one kind share


class Template(NamedTuple):
    """A request, as far as its path's template depends on it; ``holes`` are values of names already in braces."""

    path: str
    method: str
    status: int = 0
    reply: Any = None
    holes: Mapping[str, str] = {}


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)  # the requests whose path ends here
    name: str = ""  # of the parameter that this segment is


def templates(seen: Sequence[Template]) -> list[tuple[str, dict[str, str]]]:
    """For each request its path's template and the values of the names in it."""
    root = _Node()
    for at, each in enumerate(seen):
        node = root
        for segment in _segments(each.path):
            node = node.children.setdefault(segment, _Node())
        node.ends.append(at)
    _fold(root, seen, "")
    found: list[tuple[str, dict[str, str]]] = [("", {})] * len(seen)
    for at, names in _ways(root, []):
        found[at] = _filled(seen[at], names)
    return found


def looks_like_an_id(segment: str) -> bool:
    """Whether a path segment is an identifier by its looks: digits, a UUID, a token, an address, a numbered slug."""
    text = unquote(segment)
    return looks_secret(text) or (_VERSION.fullmatch(text) is None and any(each.fullmatch(text) for each in _IDS))


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]


def _ways(node: _Node, names: list[str]) -> Iterator[tuple[int, list[str]]]:
    for at in node.ends:
        yield at, names
    for literal, child in node.children.items():
        yield from _ways(child, [*names, (child.name and f"{{{child.name}}}") or literal])


def _filled(one: Template, names: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Make names unique along the path, and read their values off what was sent."""
    taken: dict[str, str] = {}
    parts = []
    for segment, name in zip(_segments(one.path), names, strict=True):
        match = _HOLE.fullmatch(name)
        if match is None:
            parts.append(name)
            continue
        free = match[1]
        while free in taken:
            free += "2"
        given = _HOLE.fullmatch(segment)
        taken[free] = one.holes.get(given[1], "") if given else segment
        parts.append(f"{{{free}}}")
    return "/" + "/".join(parts), taken


def _fold(node: _Node, seen: Sequence[Template], noun: str) -> None:
    """Make one child of all that are ids; then the same below."""
    shown = _shown(node, seen)
    ids: dict[str, str] = {}  # segment -> what its own reply or its list calls it
    for segment, child in node.children.items():
        own = _own_name(segment, child, seen)
        if _HOLE.fullmatch(segment):
            ids[segment] = segment[1:-1]
        elif looks_like_an_id(segment):
            ids[segment] = own
        elif segment.lower() not in _WORDS and (
            own or (noun and _may_be_one(child, seen) and unquote(segment) in shown)
        ):
            ids[segment] = own or shown[unquote(segment)]
    alike = _alike(node, ids, seen)
    ids.update(dict.fromkeys(alike, next((name for name in ids.values() if name), "")))
    if ids:
        folded = _Node(name=_name(list(ids), list(ids.values()), noun))
        for segment in ids:
            _merge(folded, node.children.pop(segment))
        node.children[f"{{{folded.name}}}"] = folded
    for segment, child in node.children.items():
        _fold(child, seen, noun if child.name or _VERSION.fullmatch(segment) else segment)


def _name(segments: Sequence[str], names: Sequence[str], noun: str) -> str:
    given = next((each[1:-1] for each in segments if _HOLE.fullmatch(each)), "")
    own = next((each for each in names if each and each.lower() != "id"), "")
    chosen = given or own
    single = re.sub(r"[^A-Za-z0-9]+", "_", _singular(noun)).strip("_")
    return re.sub(r"[^\w.-]", "_", chosen) or (f"{single}_id" if single else "id")


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith(("sses", "xes", "ches", "shes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else noun


def _merge(into: _Node, other: _Node) -> None:
    into.ends += other.ends
    for segment, child in other.children.items():
        if segment in into.children:
            _merge(into.children[segment], child)
        else:
            into.children[segment] = child


def _replies(node: _Node, seen: Sequence[Template]) -> list[Any]:
    return [seen[at].reply for at in node.ends if seen[at].method == "GET" and 200 <= seen[at].status < 300]  # noqa: PLR2004 - RFC 9110 section 15.3


def _own_name(segment: str, node: _Node, seen: Sequence[Template]) -> str:
    """What the reply of a path's last segment calls the segment: ``title`` where ``/books/emma`` answers with that title."""
    text = unquote(segment)
    if not text or _VERSION.fullmatch(text):
        return ""
    for reply in _replies(node, seen):
        outer = [reply] if isinstance(reply, Mapping) else []
        inner = [each for one in outer for each in one.values() if isinstance(each, Mapping)]
        for each in (*outer, *inner):
            for key, value in each.items():
                if isinstance(value, (str, int)) and str(value) == text and _NAMING.search(str(key)):
                    return str(key)
    return ""


def _may_be_one(node: _Node, seen: Sequence[Template]) -> bool:
    """Whether nothing says that a path is a collection itself."""
    return not any(isinstance(each, list) for each in _replies(node, seen))


def _shown(node: _Node, seen: Sequence[Template]) -> dict[str, str]:
    """Values that a collection's own reply gives under names of identifiers, with the names."""
    found: dict[str, str] = {}
    slashed = node.children.get("")
    for reply in (*_replies(node, seen), *(_replies(slashed, seen) if slashed else ())):
        for each in objects_in(reply):
            for key, value in each.items():
                if isinstance(value, str) and value and "/" not in value and _NAMING.search(str(key)):
                    found.setdefault(value, str(key))
    return found


def objects_in(reply: Any) -> list[Mapping[str, Any]]:
    """The objects of a reply that lists some: itself, or a member of it, or a member of that."""
    for _ in range(3):
        if isinstance(reply, list):
            return [each for each in reply[:_MOST_LOOKED_AT] if isinstance(each, Mapping)]
        if not isinstance(reply, Mapping):
            return []
        lists = [each for each in reply.values() if isinstance(each, list) and each and isinstance(each[0], Mapping)]
        reply = lists[0] if lists else next((each for each in reply.values() if isinstance(each, Mapping)), None)
    return []


def _alike(node: _Node, ids: Mapping[str, str], seen: Sequence[Template]) -> list[str]:
    """Segments whose replies have the members of those of known ids: their siblings."""
    forms = {_form(node.children[each], seen) for each in ids} - {frozenset()}
    return [
        segment
        for segment, child in node.children.items()
        if segment
        and segment not in ids
        and segment.lower() not in _WORDS
        and not child.children
        and _form(child, seen) in forms
    ]


def _form(node: _Node, seen: Sequence[Template]) -> frozenset[str]:
    for reply in _replies(node, seen):
        if isinstance(reply, Mapping) and len(reply) >= _LEAST_SHARED and not objects_in(reply):
            return frozenset(str(key) for key in reply)
    return frozenset()
