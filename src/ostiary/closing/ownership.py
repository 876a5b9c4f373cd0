"""Whose an object is, was seen when its owner read it: the field that names the owner becomes the rule of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ostiary.audit.knowledge import Knowledge
from ostiary.evidence import Thing
from ostiary.model import Operation
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.owners import names_owner, names_self

_DEEPEST: Final = 4
_FEWEST: Final = 2  # characters of a value that may stand for somebody, where the field's name does not say so
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$@-")


def rules(known: Knowledge, claims: Mapping[str, Any], places: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The ``userdata.ownership-check`` tables for some operations; those for which nothing was seen are missing.

    :param claims: what the policy sees of `Knowledge.owner` in ``token.NAME``.
    :param places: keys of operations.
    """
    found: dict[str, dict[str, Any]] = {}
    for key in places:
        for thing in known.things:
            table = _table(key, thing, claims) if thing.owner == known.owner else None
            if table is not None:
                found[key] = table
                break
    return found


def _table(key: str, thing: Thing, claims: Mapping[str, Any]) -> dict[str, Any] | None:
    concerned = _operation(key, thing)
    if concerned is None:
        return None
    if concerned is not thing.lists:
        for hole, text in thing.holes.items():
            naming = names_owner(hole) or names_owner(_singular(thing.kind)) or not text.isdecimal()
            known = f"{{{hole}}}" in concerned.path and _sayable(hole)
            claim = _claim_of(text, claims) if naming and known else ""
            if claim:
                return {"owner": f"path{_step(hole)} == token{_steps(claim)}"}
    if concerned is thing.lists:
        return None  # told by the reply of the list itself: see `listed`
    told = _seen(thing)
    if told is None:
        return None
    named = next(_owners(told, claims), None)
    if named is None:
        return None
    steps, claim = named
    if concerned is thing.read:
        return {"owner": f"response{steps} == token{_steps(claim)}"}
    if thing.read is None:
        return None
    return {"object": thing.read.key, "owner": f"object{steps} == token{_steps(claim)}"}


def _seen(thing: Thing) -> Any:
    """The object as its owner saw it, alone or as the entry of a list."""
    told = parse(thing.seen.body) if thing.seen is not None else None
    for _, entries in _lists(told):
        for each in entries:
            if isinstance(each, Mapping) and thing.id and thing.id in map(str, each.values()):
                return each
    return told


def listed(told: Any, claims: Mapping[str, Any]) -> dict[str, Any] | None:
    """The table for a list, by a reply of it that its owner got; None where its entries do not name owners."""
    for steps, entries in _lists(told):
        for entry in entries:
            named = next(_owners(entry, claims), None)
            if named is not None:
                return {"owner": f"response{steps}[*]{named[0]} == token{_steps(named[1])}"}
    return None


def _operation(key: str, thing: Thing) -> Operation | None:
    known = (thing.read, thing.lists, thing.delete, *thing.writes)
    return next((each for each in known if each is not None and each.key == key), None)


def _owners(told: Any, claims: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Fields whose value is a claim of the owner, those that are called so first."""
    if not isinstance(told, Mapping) or depth > _DEEPEST:
        return
    members = sorted(told.items(), key=lambda each: not names_owner(str(each[0])))
    for name, value in members:
        if not set(str(name)) <= _NAME:
            continue
        claim = _claim_of(value, claims) if names_owner(str(name)) or _telling(value) else ""
        if claim:
            yield f"{before}{_step(str(name))}", claim
    for name, value in members:
        yield from _owners(value, claims, f"{before}{_step(str(name))}", depth + 1)


def _singular(kind: str) -> str:
    """What the objects of a collection are called."""
    return kind.rstrip("/").rpartition("/")[2].removesuffix("s")


def _telling(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _FEWEST


def _claim_of(value: Any, claims: Mapping[str, Any]) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value):
        return ""
    same = [
        name
        for name, each in claims.items()
        if str(each) == str(value) and names_self(name.rpartition(".")[2]) and _sayable(name)
    ]
    return min(same, key=lambda each: (each != "sub", each.count("."), each), default="")


def _lists(told: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(told, list):
        yield "", told
    if isinstance(told, Mapping):
        for name, value in told.items():
            if isinstance(value, list) and _sayable(str(name)):
                yield _step(str(name)), value


def _sayable(name: str) -> bool:
    """Whether a rule can say a name of the API's and still be the rule that was meant."""
    return name.isprintable() and '"' not in name


def _step(name: str) -> str:
    return f".{name}" if set(name) <= _NAME and not name[:1].isdigit() else f'["{name}"]'


def _steps(dotted: str) -> str:
    return "".join(map(_step, dotted.split(".")))
