"""Requests that say themselves whose they are: by a parameter of the query, or by a member of the body."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from ostiary.controls.beyond.bola_differential_test import numbered
from ostiary.controls.beyond.bola_differential_test.whose import marks, value
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http, Thing
from ostiary.model import Evidence, Operation, Place
from ostiary.parts.seen import crossing, selves
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.changes import enveloped, members
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.fields import taken_by
from ostiary.parts.seen.owners import names_owner, spelt
from ostiary.parts.seen.privileges import is_privileged, role_fields

MOST: Final = 4  # operations of each way; at most 4 requests for a query, 5 for a creation, 8 for a profile
_NAMES: Final = frozenset({"username", "user_name", "login", "email", "user_id", "userid", "id", "uid"})
_OURS: Final = "ostiary-"


class Way(NamedTuple):
    """An operation, and the parameter or member by which it is told whose the matter is."""

    operation: Operation
    field: str
    how: str  # "query", "number" (of an account), "owner" (of what is created), "self" (who changes himself)


class Fault(NamedTuple):
    """What another user got by naming somebody."""

    operation: Operation
    field: str
    what: str
    proof: str
    evidence: tuple[Evidence, ...]


def ways(http: Http) -> list[Way]:
    """The operations that are told whose the matter is, though they know who asks."""
    found: list[Way] = []
    own = {each.key for each in selves.writes(http)}
    for operation in http.operations:
        if not operation.declared or is_privileged(operation) or operation.role:
            continue
        if operation.method == "GET":
            by_number = numbered.field_of(operation)
            asked = [each.name for each in operation.parameters if each.place is Place.QUERY and _is_owner(each.name)]
            found += [Way(operation, by_number, "number")] if by_number else []
            found += [Way(operation, each, "query") for each in asked[:1] if not by_number]
        elif operation.key in own and not role_fields(operation):
            names = sorted(each for each in taken_by(operation) if spelt(each) in _NAMES)
            found += [Way(operation, each, "self") for each in names[:2]]
        elif operation.method == "POST":
            names = sorted(each for each in taken_by(operation) if _is_owner(each))
            found += [Way(operation, each, "owner") for each in names[:1]]
    return found


def _is_owner(name: str) -> bool:
    return names_owner(name) or spelt(name) in {"username", "owner", "user"}


async def tried(http: Http, things: Sequence[Thing], given: Sequence[Way], kept: list[Evidence]) -> list[Fault]:
    """Try them as the other user, naming the owner; what is refused or ignored goes to `kept`."""
    found: list[Fault | None] = []
    for way in [each for each in given if each.how == "query"][:MOST]:
        with contextlib.suppress(Unanswerable):
            found.append(await _queried(http, things, way, kept))
    by_number = [each for each in given if each.how == "number"][:MOST]
    own = (
        [await marks(http, each, [way.field for way in by_number]) for each in (http.owner, http.other)]
        if by_number
        else []
    )
    for way in by_number:
        with contextlib.suppress(Unanswerable):
            numbers = [each.get(spelt(way.field), "") for each in own]
            crossed = await numbered.tried(http, things, numbered.Case(way.operation, way.field, *numbers), kept)
            found += [Fault(way.operation, way.field, *crossed)] if crossed is not None else []
    for way in [each for each in given if each.how == "owner"][:MOST]:
        with contextlib.suppress(Unanswerable):
            found.append(await _created(http, things, way, kept))
    selfs = [each for each in given if each.how == "self"][:MOST]
    if selfs:
        with contextlib.suppress(Unanswerable):
            victim, attacker = await http.throwaway(), await http.throwaway()
            for way in selfs:
                with contextlib.suppress(Unanswerable):
                    found.append(await _changed(http, way, victim, attacker, kept))
    return [each for each in found if each is not None]


async def _queried(http: Http, things: Sequence[Thing], way: Way, kept: list[Evidence]) -> Fault | None:
    markers = [each.marker for each in things if each.owner == http.owner and each.marker and each.ours]
    name = value(await marks(http, http.owner), way.field)
    if not markers or not name:
        return None
    target = _with_query(http.target_of(way.operation), way.field, name)
    own = await http.send_to(way.operation, target=target, identity=http.owner, fresh=True)
    shown = [each for each in markers if granted(own) and each in own.text]
    if not shown:
        return None
    theirs = await http.send_to(way.operation, target=target, identity=http.other, fresh=True)
    if not granted(theirs) or shown[0] not in theirs.text:
        kept.append(http.show(theirs, f"{way.operation.key} gives {http.other} nothing for {way.field} of another"))
        return None
    plain = await http.send_to(way.operation, target=_with_query(target, way.field, ""), identity=http.other)
    nobody = await http.send_to(way.operation, target=target, identity="")
    if (granted(plain) and shown[0] in plain.text) or not shut(nobody):
        return None  # it shows that to everybody
    what = f"{http.other} is given what is {http.owner}'s by {way.field} in the query: {way.operation.key}"
    proof = (
        f"{way.operation.key}: a text that stands in the owner's object alone came to the other user when {way.field} named "
        f"the owner, and not without it; nobody got {nobody.status}"
    )
    return Fault(way.operation, way.field, what, proof, (http.show(theirs, what),))


def _with_query(target: str, name: str, value: str) -> str:
    path, _, query = target.partition("?")
    left = [each for each in query.split("&") if each and each.partition("=")[0] != quote(name, safe="")]
    left += [f"{quote(name, safe='')}={quote(value, safe='')}"] if value else []
    return f"{path}?{'&'.join(left)}" if left else path


async def _created(http: Http, things: Sequence[Thing], way: Way, kept: list[Evidence]) -> Fault | None:
    """Something is created by the other user in the owner's name."""
    model = next(
        (each for each in things if each.create is not None and each.create.key == way.operation.key and each.ours),
        None,
    )
    name = value(await marks(http, http.owner), way.field)
    if model is None or not name or http.other == http.owner:
        return None
    old = dict(members(parse(model.seen.body))) if model.seen is not None else {}
    number = isinstance(old.get(way.field), int) and name.isdecimal()
    made = await http.make(model.kind, http.other, **{way.field: int(name) if number else name})
    own = await crossing.seen(http, replace(made, owner=http.owner))
    if own is None or not made.marker:
        return None
    usual = next(
        (each for each in things if each.kind == model.kind and each.owner == http.other and each.marker), None
    )
    before = await crossing.seen(http, replace(usual, owner=http.owner)) if usual is not None else None
    public = usual is not None and before is not None and granted(before) and usual.marker in before.text
    if granted(own) and made.marker in own.text and not public:
        what = f"{http.other} creates something in the name of {http.owner}: {way.field} of {way.operation.key}"
        proof = (
            f"{way.operation.key}: the owner reads what the other user created with {way.field} naming the owner, "
            "and nothing else of his"
        )
        return Fault(way.operation, way.field, what, proof, (http.show(own, what),))
    kept.append(http.show(own, f"{way.operation.key} does not let {http.other} say whose it is"))
    return None


async def _changed(http: Http, way: Way, victim: Account, attacker: Account, kept: list[Evidence]) -> Fault | None:
    """Somebody changes himself, and names another."""
    text = "".join(each for each in (attacker.user or attacker.name) if each.isalnum())[-8:] + "x7"
    answer = await _sent(http, way, attacker.name, value(await marks(http, victim.name), way.field), text)
    after = await selves.told(http, victim.name)
    shown = next((each for _, each in after.answers if f"{_OURS}{text}" in each.text), None)
    if shown is not None:
        what = f"{attacker.name} changes the profile of {victim.name} by {way.field} in the body: {way.operation.key}"
        proof = f"{way.operation.key}: a text that one account sent, with {way.field} naming another, is what that other one reads of itself"
        evidence = (http.show(answer, what), http.show(shown, f"{victim.name} reads it"))
        return Fault(way.operation, way.field, what, proof, evidence)
    own = await _sent(http, way, attacker.name, value(await marks(http, attacker.name), way.field), f"{text}b")
    again = await selves.told(http, attacker.name)
    if granted(own) and any(f"{_OURS}{text}b" in each.text for _, each in again.answers):
        kept.append(http.show(answer, f"{way.operation.key} changes whoever asks, or nobody, whoever is named"))
    return None


async def _sent(http: Http, way: Way, identity: str, name: str, text: str) -> Answer:
    """A valid change of a profile with a name in it, and a text in the first field that is free."""
    made = http.body_of(way.operation) if way.operation.consumes else None
    document = parse(made[1]) if made is not None else None
    if not isinstance(document, Mapping) or not name:
        raise Unanswerable(f"{way.operation.key} takes no body that can be made")
    key, inner = enveloped(document)
    taken = taken_by(way.operation)
    told = (await selves.told(http, identity)).fields
    own = {each: value for each, value in told.items() if each in taken and value is not None}
    free = [each for each in (*inner, *sorted(taken)) if _is_free(each)]
    if not free:
        raise Unanswerable(f"{way.operation.key} takes no text")
    named: dict[str, Any] = {
        free[0]: f"{_OURS}{text}",
        way.field: int(name) if isinstance(inner.get(way.field), int) else name,
    }
    answer = None
    for body in (named, {**inner, **own, **named}):  # what is one's own may be no other's: the least goes first
        answer = await http.send_to(
            way.operation, identity=identity, fresh=True, body=json.dumps({key: body} if key else body).encode(),
            headers=[("Content-Type", "application/json")],
        )  # fmt: skip
        if granted(answer):
            return answer
    if answer is None:
        raise Unanswerable(f"{way.operation.key} was not asked")
    return answer


def _is_free(name: str) -> bool:
    words = spelt(name)
    return words not in _NAMES and any(
        each in words for each in ("name", "bio", "about", "address", "city", "title", "note", "description", "comment")
    )
