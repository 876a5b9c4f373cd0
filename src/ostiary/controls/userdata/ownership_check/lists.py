"""Where nothing can be created: one user's object out of the lists is asked for by its owner, by another, and by nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen import callers, things
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.callers import Caller
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.owners import owner_fields, owners_in

_MOST = 6  # operations
_MOST_LISTS = 3
_TWO = 2


class Thing(NamedTuple):
    """An object, and what speaks for its being the owner's."""

    id: str
    target: str
    document: Any
    named: bool  # it names its owner
    hidden: bool  # the owner's list has it, and the other's has not
    shared: bool  # the other's list shows it in full


@dataclass
class Seen:
    """What the comparisons came to."""

    kept: list[Evidence] = field(default_factory=list)
    unsure: list[Evidence] = field(default_factory=list)
    unowned: int = 0
    signed: Mapping[str, frozenset[tuple[str, str]]] = field(
        default_factory=dict
    )  # identity -> what marks its creations


async def compare(http: Http) -> Finding:
    """Ask for objects of one user as another; only reads are sent."""
    reads = [each for each in http.operations if things.is_read_of_one(each)]
    if http.operations and not reads:
        return not_applicable("no operation reads one object by an id in its path")
    if len(http.identities) < _TWO:
        return unknown("two users are needed: give both (--identity alice=TOKEN --identity bob=TOKEN)")
    known = await callers.known(http)
    ordinary = [each for each in known if not each.privileged]
    if len(ordinary) < _TWO:
        return unknown("the credentials given are not those of two ordinary users that the API lets in")
    reads.sort(key=lambda each: not each.security)
    seen = Seen(signed=await _signed(http))
    for owner, other in (ordinary[:_TWO], ordinary[1::-1]):
        for operation in reads[:_MOST]:
            try:
                fault = await _compare(http, operation, owner, other, seen)
            except Unanswerable:
                continue
            if fault is not None:
                return failed(fault.what, fault, places=(operation.key,))
        if seen.kept or seen.unsure:
            break
    return _finding(seen)


def _finding(seen: Seen) -> Finding:
    if seen.unsure:
        why = f"{len(seen.unsure)} objects of one user are read by the other, whose list shows them too: shared on purpose?"
        return unknown(why, *seen.unsure[:3])
    if seen.kept:
        rest = f"; {seen.unowned} more are the same to both, and nothing says whose they are" if seen.unowned else ""
        return passed(
            f"{len(seen.kept)} objects that their owner reads are not shown to the other user{rest}", *seen.kept[:2]
        )
    return unknown("no object was found of which it can be told that it belongs to one of the two users")


async def _compare(http: Http, operation: Operation, owner: Caller, other: Caller, seen: Seen) -> Evidence | None:
    thing = await _thing(http, operation, owner, other, seen)
    if thing is None:
        return None
    target = thing.target
    theirs = await http.send_to(operation, target=target, identity=other.name, fresh=True)
    differs = granted(theirs) and not things.shows(thing.document, parse(theirs.body))
    if shut(theirs) or (differs and (thing.named or thing.hidden)):
        seen.kept.append(http.show(theirs, f"{other.name} does not get what {owner.name} reads at {operation.key}"))
        return None
    if differs or not granted(theirs):
        return None
    nobody = await http.send_to(operation, target=target, identity="")
    junk = await http.send_to(operation, target=things.aimed(target, things.junk_like(thing.id)), identity=other.name)
    if granted(nobody) or (granted(junk) and things.shows(thing.document, parse(junk.body))):
        return None  # public, or the same whatever is asked for
    if not (thing.named or thing.hidden):
        seen.unowned += 1
        return None
    shown = http.show(theirs, f"{other.name} reads what belongs to {owner.name}: {operation.key}")
    if thing.shared and not (thing.named and await _is_private_elsewhere(http, operation, thing, owner, other)):
        seen.unsure.append(shown)
        return None
    again = await http.send_to(operation, target=target, identity=other.name, fresh=True)
    return shown if granted(again) else None


async def _signed(http: Http) -> Mapping[str, frozenset[tuple[str, str]]]:
    """The fields in which the API itself wrote whose each user's creations are: that tells who a caller is, too."""
    try:
        made = [each for each in await http.things() if each.ours and each.seen is not None]
    except Unanswerable:
        return {}
    found: dict[str, set[tuple[str, str]]] = {}
    for each in made:
        if each.seen is not None:
            sent = {name for name, _ in owner_fields(parse(each.seen.asked.body))}  # what a client says proves nothing
            told = {pair for pair in owner_fields(parse(each.seen.body)) if pair[0] not in sent}
            found.setdefault(each.owner, set()).update(told)
    return {
        name: frozenset(pairs - {pair for other, theirs in found.items() if other != name for pair in theirs})
        for name, pairs in found.items()
    }


async def _thing(http: Http, operation: Operation, owner: Caller, other: Caller, seen: Seen) -> Thing | None:
    """An object of the owner's, out of the list above it, or else the one that a valid request names."""
    target, hole = http.target_of(operation), things.hole_of(operation)
    own, others = await _list(http, operation, owner), await _list(http, operation, other)
    ids = {things.id_of(each, hole) for each in others or ()}
    marks, foreign = owner.marks - other.marks, other.marks - owner.marks
    chosen = next((each for each in own or () if owners_in(each) & marks and not owners_in(each) & foreign), None)
    chosen = chosen or next((each for each in own or () if things.id_of(each, hole) not in ids), None)
    chosen = chosen or next(iter(own or ()), None)
    thing = things.id_of(chosen, hole) if chosen is not None else ""
    if thing:
        target = things.aimed(target, thing)
    answer = await http.send_to(operation, target=target, identity=owner.name, fresh=True)  # it may be gone since
    document = parse(answer.body) if granted(answer) else NOT_JSON
    if not isinstance(document, Mapping) or not document:
        return None
    names, pairs = owners_in(document), owner_fields(document)
    signed = bool(pairs & seen.signed.get(owner.name, frozenset()))
    foreign_hand = bool(pairs & seen.signed.get(other.name, frozenset()))
    return Thing(
        id=thing or target.partition("?")[0].rstrip("/").rpartition("/")[2],
        target=target,
        document=document,
        named=(bool(names & marks) or signed) and not names & foreign and not foreign_hand,
        hidden=bool(thing) and others is not None and thing not in ids,
        shared=things.lists_whole(others or (), document),
    )


async def _list(http: Http, operation: Operation, caller: Caller) -> Sequence[Mapping[str, Any]] | None:
    parent = things.parent_of(operation)
    source = next((each for each in http.operations if each.method == "GET" and each.path.rstrip("/") == parent), None)
    if source is None or "{" in parent:
        return None
    try:
        answer = await http.send_to(source, identity=caller.name)
    except Unanswerable:
        return None
    return things.listed(parse(answer.body)) if granted(answer) else None


async def _is_private_elsewhere(http: Http, operation: Operation, thing: Thing, owner: Caller, other: Caller) -> bool:
    """Whether another read of the same collection shows the object to its owner and not to the other."""
    parent = things.parent_of(operation)
    reads = [each for each in http.operations if each.method == "GET" and "{" not in each.path]
    for each in [each for each in reads if each.path.startswith(f"{parent}/")][:_MOST_LISTS]:
        answers: list[Answer] = []
        for name in (owner.name, other.name):
            try:
                answers.append(await http.send_to(each, identity=name))
            except Unanswerable:
                break
        if len(answers) == _TWO and all(map(granted, answers)):
            own, others = answers
            if thing.id in own.text and thing.id not in others.text:
                return True
    return False
