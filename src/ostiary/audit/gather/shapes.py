"""Which operations act on the same kind of object: tied by their paths, by what they are called, and by links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.audit.gather import values
from ostiary.model import Api, Operation, Parameter, Place

_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_VERSION: Final = re.compile(r"v\d+(?:[._]\d+)*|api|rest|latest", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_VERBS: Final = frozenset(
    {"create", "new", "add", "insert", "make", "post", "register", "all", "list", "get", "fetch", "view", "show", "read",
     "update", "edit", "save", "delete", "remove", "mine", "my", "own", "by", "id", "details", "detail", "info", "place", "submit"}
)  # fmt: skip
_PEOPLE: Final = frozenset(
    {"user", "account", "customer", "member", "profile", "person", "people", "employee", "patient", "author"}
)
_WRITES: Final = frozenset({"PUT", "PATCH", "POST"})
_ID: Final = re.compile(r"(?:id|uuid|guid|slug|key|number|no|ref)$", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Kind:
    """One kind of object. ``path`` names it (its collection); ``hole`` is the parameter that names one object, in the path
    or the query of the operations that act on it, empty where none does.
    """

    path: str
    noun: str
    hole: str = ""
    create: Operation | None = None
    lists: Operation | None = None
    read: Operation | None = None
    delete: Operation | None = None
    reads: list[Operation] = field(default_factory=list)  # further ones of the same object
    writes: list[Operation] = field(default_factory=list)
    links: Mapping[str, str] = field(default_factory=dict)  # parameter -> where the reply to `create` has it

    @property
    def item(self) -> Operation | None:
        """Any operation that acts on one object."""
        return next((each for each in (self.read, self.delete, *self.writes, *self.reads) if each is not None), None)

    @property
    def people(self) -> bool:
        """Whether the objects are users: made by registering, never by us."""
        return self.noun in _PEOPLE

    @property
    def holes(self) -> list[str]:
        """The path parameters that aim an operation at one object, outer ones first."""
        operation = self.item or self.lists or self.create
        return _HOLE.findall(operation.path) if operation is not None else []


def kinds(operations: Iterable[Operation], api: Api | None) -> list[Kind]:
    """The kinds of objects of an API; those that can be created and read again come first."""
    listed = [each for each in operations if each.declared]
    found: dict[str, Kind] = {}
    for operation in listed:
        if operation.path.rstrip("/").endswith("}"):
            _place(found, operation)
    for operation in listed:
        hole = _query_id(operation)
        if hole is not None and operation.method in {"GET", "DELETE", "PUT", "PATCH"}:
            kind = found.setdefault(operation.path, Kind(operation.path, noun_of(operation.path) or _stem(hole.name)))
            kind.hole = kind.hole or hole.name
            _put(kind, operation)
    words = [each for each in listed if not each.path.rstrip("/").endswith("}") and _query_id(each) is None]
    for operation in sorted(
        words, key=lambda each: each.path.rstrip("/") not in found
    ):  # a collection's own path first
        _tie(found, operation)
    made = _linked(_folded(found), listed, api)
    return sorted(made, key=lambda each: (each.create is None, each.read is None, each.path.count("{"), each.path))


def noun_of(path: str) -> str:
    """What a path's objects are called, in the singular: the last word that is no version, verb or parameter."""
    for segment in reversed([each for each in path.split("/") if each and "{" not in each]):
        if _VERSION.fullmatch(segment):
            continue
        left = [each for each in spelt(segment) if each not in _VERBS]
        if left:
            return singular(left[-1])
    return ""


def spelt(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [each.lower() for each in _WORD.findall(name)]


def singular(word: str) -> str:
    """The word for one of them."""
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 - "pies" has four
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def refers_to(name: str) -> str:
    """What a field or parameter of that name refers to, in the singular (``orderId``: order); empty: nothing by name."""
    found = spelt(name)
    if len(found) > 1 and _ID.fullmatch(found[-1]):
        return singular(found[-2])
    flat = "".join(found)
    stem = _ID.sub("", flat)
    return singular(stem) if stem != flat and len(stem) > 2 else ""  # noqa: PLR2004 - a rest, no noun


def _stem(name: str) -> str:
    return refers_to(name) or name.lower()


def _place(found: dict[str, Kind], operation: Operation) -> None:
    path = operation.path.rstrip("/")
    parent, _, last = path.rpartition("/")
    hole = _HOLE.fullmatch(last)
    if hole is None:
        return
    kind = found.get(parent)
    if kind is None:
        kind = found[parent] = Kind(parent, noun_of(parent) or _stem(hole[1]))
    kind.hole = kind.hole or hole[1]
    _put(kind, operation)


def _put(kind: Kind, operation: Operation) -> None:
    if operation.method == "GET":
        kind.read = kind.read or operation
    elif operation.method == "DELETE":
        kind.delete = kind.delete or operation
    elif operation.method in _WRITES:
        kind.writes.append(operation)


def _tie(found: dict[str, Kind], operation: Operation) -> None:
    """An operation whose path ends in a word: on a collection, or one of the acts on an object above it."""
    path = operation.path.rstrip("/")
    kind = found.get(path) or _called_alike(found, operation)
    if kind is None and operation.method in {"POST", "GET"} and operation.role == "":
        above = _above(found, path)
        others = operation.methods & {"GET", "POST"}
        if above is None or (others == {"GET", "POST"} and _is_plural(path)):
            kind = found.setdefault(path, Kind(path, noun_of(path)))
        else:
            _act(above, operation)
            return
    if kind is None:
        above = _above(found, path)
        if above is not None:
            _act(above, operation)
        return
    if operation.method == "POST" and kind.create is None and operation.role in {"", "register"}:
        kind.create = operation
    elif operation.method == "GET" and kind.lists is None:
        kind.lists = operation


def _called_alike(found: dict[str, Kind], operation: Operation) -> Kind | None:
    """``POST /order`` creates what ``GET /orders/{id}`` reads, and ``GET /orders/mine`` lists it."""
    if operation.method not in {"POST", "GET"}:
        return None
    noun, holes = noun_of(operation.path), _HOLE.findall(operation.path)
    if not noun:
        return None
    same = [each for each in found.values() if each.noun == noun and each.item is not None]
    same = [each for each in same if len(each.holes) - (each.hole in each.holes) == len(holes)]
    wanted = "create" if operation.method == "POST" else "lists"
    free = [each for each in same if getattr(each, wanted) is None]
    return max(free, key=lambda each: _shared(each.path, operation.path), default=None)


def _shared(one: str, other: str) -> int:
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(a == b for a, b in pairs)


def _is_plural(path: str) -> bool:
    last = path.rpartition("/")[2].lower()
    return singular(last) != last


def _above(found: Mapping[str, Kind], path: str) -> Kind | None:
    """The kind whose object the last path parameter names."""
    at = path.rfind("}")
    return found.get(path[: at + 1].rpartition("/")[0]) if at >= 0 else None


def _act(kind: Kind, operation: Operation) -> None:
    if operation.method in _WRITES:
        kind.writes.append(operation)
    elif operation.method == "GET":
        kind.reads.append(operation)


def _folded(found: dict[str, Kind]) -> list[Kind]:
    """``GET /orders/status/{order_id}`` reads an order, whatever stands before the id."""
    left = []
    for kind in found.values():
        noun = refers_to(kind.hole)
        same = [each for each in found.values() if each is not kind and each.noun == noun and each.item is not None]
        if noun and noun != kind.noun and kind.create is None and same and len(same[0].holes) == len(kind.holes):
            acts = [each for each in (kind.read, *kind.reads) if each is not None]
            same[0].reads += acts
            same[0].writes += kind.writes
        else:
            left.append(kind)
    return [each for each in left if each.item is not None or each.create is not None]


def _query_id(operation: Operation) -> Parameter | None:
    """The query parameter that names one object, where the path names none."""
    if "{" in operation.path:
        return None
    noun = noun_of(operation.path)
    for each in operation.parameters:
        if each.place is not Place.QUERY or not each.required:
            continue
        if each.name.lower() in {"id", "uuid"} or (refers_to(each.name) and refers_to(each.name) == noun):
            return each
    return None


def _linked(found: list[Kind], operations: Sequence[Operation], api: Api | None) -> list[Kind]:
    """Follow the document's links (OpenAPI 3 section 4.8.20): what creates says where the id is, and for which operation."""
    document = api.document if api is not None else {}
    by_id = {each.id: each for each in operations if each.id}
    for operation in operations:
        if operation.method != "POST":
            continue
        for target, parameters in _links(document, operation):
            kind = next((each for each in found if by_id.get(target) in {each.read, each.delete, *each.writes}), None)
            if kind is not None and kind.create in {None, operation}:
                kind.create, kind.links = operation, {**kind.links, **parameters}
    return found


def _links(document: Mapping[str, Any], operation: Operation) -> Iterable[tuple[str, dict[str, str]]]:
    raw = values.at(document, operation.pointer)
    replies = raw.get("responses") if isinstance(raw, Mapping) else None
    for reply in replies.values() if isinstance(replies, Mapping) else ():
        reply = values.resolved(reply, document)  # noqa: PLW2901 - the same, resolved
        links = reply.get("links") if isinstance(reply, Mapping) else None
        for link in links.values() if isinstance(links, Mapping) else ():
            link = values.resolved(link, document)  # noqa: PLW2901 - the same, resolved
            if isinstance(link, Mapping) and isinstance(link.get("parameters"), Mapping):
                given = {str(key).rpartition(".")[2]: str(each) for key, each in link["parameters"].items()}
                yield str(link.get("operationId", "")), given
