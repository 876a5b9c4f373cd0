"""A place in a body is found however it is spelt: as JSON, as a form field, as a patch, in any letter case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.parts.multipart import Part
from ostiary.parts.shapes import split_name
from ostiary.strict import DecodeError, loads

ANY: Final = "*"  # as a token of a place: every item, or every member
_MOVES: Final = frozenset({"move", "copy"})  # JSON Patch (RFC 6902): what comes with them is not in the patch
_READS: Final = frozenset({"test"})


class Spot(NamedTuple):
    """A place of a body: its tokens, letter case folded."""

    tokens: tuple[str, ...]


def spot(pointer: str, where: str) -> Spot:
    """Read a place written as a JSON pointer (RFC 6901), in which ``*`` stands for any token.

    :param where: the setting it comes from, for messages.
    :raises ConfigError: when it is none.
    """
    if not pointer.startswith("/") or pointer == "/":
        raise ConfigError(
            where, f"{pointer!r} is no place in a body", 'write a JSON pointer such as "/role" or "/items/*/price"'
        )
    return Spot(tuple(_folded(each.replace("~1", "/").replace("~0", "~")) for each in pointer.split("/")[1:]))


def _folded(name: str) -> str:
    return name.strip().casefold()


Found = tuple[Any, Any]  # the container, and the key in it


def in_document(document: Any, place: Spot) -> list[Found]:
    """Where a place is in plain data: each container with the key or index of the value."""
    found = [(None, None, document)]
    for token in place.tokens:
        found = [below for _, _, value in found for below in _below(value, token)]
    return [(holder, key) for holder, key, _ in found]


def _below(value: Any, token: str) -> Iterator[tuple[Any, Any, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if token in {ANY, _folded(str(key))}:
                yield value, key, each
    elif isinstance(value, list):
        for at, each in enumerate(value):
            if token in {ANY, str(at)}:
                yield value, at, each


def in_form(form: list[Any], place: Spot, *, inside: bool = True) -> list[int]:
    """The indexes of the fields (pairs or parts) that are at a place or below it: ``role``, ``user[role]``, ``user.role``.

    :param inside: whether a field is also one of them that holds the place as JSON (OpenAPI 3.1, Encoding Object), be it
        a file as browsers send a Blob.
    """
    return [at for at, field in enumerate(form) if _is_at(field, place) or (inside and _holds(field, place))]


def _is_at(field: Any, place: Spot) -> bool:
    return _covers(place, _tokens(field.name if isinstance(field, Part) else field[0]))


def _holds(field: Any, place: Spot) -> bool:
    part = isinstance(field, Part)
    text = (field.content if part else field[1].encode("utf-8", "surrogatepass")).lstrip()
    if text[:1] not in {b"{", b"["}:
        return False
    tokens = _tokens(field.name if part else field[0])
    tokens = tokens[:-1] if tokens[-1] == "" else tokens  # user[]
    if not _leads_to(tokens, place):
        return False
    try:
        return bool(in_document(loads(text), Spot(place.tokens[len(tokens) :])))
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return False  # no reader of JSON finds anything there either


def _tokens(name: str) -> tuple[str, ...]:
    tokens = split_name(name)
    if len(tokens) == 1 and "." in name:  # Spring, ASP.NET and Struts bind such names to members of members
        tokens = tuple(name.replace("[", ".").replace("]", "").split("."))
    return tuple(_folded(each) for each in tokens)


def _covers(place: Spot, tokens: tuple[str, ...]) -> bool:
    """Whether a name is at a place or below it."""
    if len(tokens) < len(place.tokens):
        return False
    return all(want in {ANY, token} for want, token in zip(place.tokens, tokens, strict=False))


def in_xml(root: Any, place: Spot) -> bool:
    """Whether an XML document has an element or an attribute at a place; its root element stands for the whole body."""
    found = [root]
    for at, token in enumerate(place.tokens):
        last = at == len(place.tokens) - 1
        if last and any(token in {ANY, _local(name)} for each in found for name in each.attrib):
            return True
        below = [one for each in found for one in each if token in {ANY, _local(one.tag)}]
        found = (
            [*found, *below] if token == ANY and not last else below
        )  # the items of a list need no element around them
    return bool(found)


def _local(name: object) -> str:
    return _folded(str(name).rpartition("}")[2])


def in_patch(patch: Any, place: Spot) -> bool:
    """Whether a JSON Patch (RFC 6902) writes to a place, or may: what it moves or copies is not known here."""
    if not isinstance(patch, list):
        return False
    return any(_writes(step, place) for step in patch if isinstance(step, dict))


def _writes(step: dict[str, Any], place: Spot) -> bool:
    members = {name.lower(): each for name, each in step.items()}  # .NET takes names in any case, and adds the slash
    path, kind = members.get("path"), members.get("op")
    if len(members) < len(step):
        return True  # which of two counts is not known here
    if not isinstance(path, str) or kind in _READS:
        return False
    tokens = tuple(
        _folded(each.replace("~1", "/").replace("~0", "~")) for each in path.lstrip("#").removeprefix("/").split("/")
    )
    tokens = tokens if path else ()
    if _covers(place, tokens):
        return True
    if not _leads_to(tokens, place):
        return False
    return str(kind).lower() in _MOVES or bool(in_document(members.get("value"), Spot(place.tokens[len(tokens) :])))


def _leads_to(tokens: tuple[str, ...], place: Spot) -> bool:
    """Whether a place is below these tokens."""
    above = len(tokens) < len(place.tokens)
    return above and all(want in {ANY, token} for want, token in zip(place.tokens, tokens, strict=False))
