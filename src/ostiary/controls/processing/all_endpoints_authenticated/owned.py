"""What a user owns is read, replaced and deleted by nobody; only what is hidden before other users counts as private."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Evidence, Operation
from ostiary.parts.seen import crossing
from ostiary.parts.seen.crossing import CROSSED, KEPT, PUBLIC
from ostiary.parts.seen.doors import RUBBISH as NO_TOKEN
from ostiary.parts.seen.doors import granted, shut

MOST_THINGS: Final = 8  # at most 5 requests for each read of one, 7 for each write, 6 for its deletion
MOST_WRITES: Final = 6
MOST_DELETES: Final = 3
RUBBISH: Final = [("Authorization", f"Bearer {NO_TOKEN}")]  # as other checks send it: then it is sent once
HALF: Final = b'{"ostiary": '  # cannot be carried out by anybody
_REPLACES: Final = frozenset({"PUT", "PATCH"})


class Open(NamedTuple):
    """An operation that did for nobody what is its owner's alone."""

    operation: Operation
    evidence: Evidence
    proof: str


class Judged(NamedTuple):
    """What was found open, and how many operations refuse nobody's and serve their owner."""

    faults: list[Open]
    proven: set[str]


async def tried(http: Http) -> Judged:
    """Try what belongs to the owner without credentials, and with some that are none."""
    judged = Judged([], set())
    if not http.owner:
        return judged
    own = [each for each in await http.things() if each.owner == http.owner and each.ours and each.holes]
    own = [_closed(http, each) for each in own]
    for thing in own[:MOST_THINGS]:
        with contextlib.suppress(Unanswerable):
            await _read(http, thing, judged)
    writes = [
        (each, write) for each in own for write in each.writes if write.method in _REPLACES and each.create is not None
    ]
    for thing, operation in writes[:MOST_WRITES]:
        with contextlib.suppress(Unanswerable):
            await _write(http, thing, operation, judged)
    for thing in [each for each in own if each.delete is not None and each.create is not None][:MOST_DELETES]:
        with contextlib.suppress(Unanswerable):
            await _delete(http, thing, judged)
    return judged


def _closed(http: Http, thing: Thing) -> Thing:
    """The thing without operations that the document opens to everybody on purpose: it closes others."""
    if not any(each.security for each in http.operations):
        return thing
    read = thing.read if thing.read is not None and thing.read.security else None
    return replace(
        thing,
        read=read,
        reads=tuple(each for each in thing.reads if each.security),
        writes=tuple(each for each in thing.writes if each.security),
        delete=thing.delete if thing.delete is not None and thing.delete.security else None,
    )


async def _read(http: Http, thing: Thing, judged: Judged) -> None:
    for operation in [each for each in (thing.read, *thing.reads) if each is not None]:
        target = http.aim(operation, thing)
        own = await http.send_to(operation, target=target, identity=thing.owner)
        if not thing.marker or not granted(own) or thing.marker not in own.text:
            continue
        nobody = await http.send_to(operation, target=target, identity="")
        rubbish = await http.send_to(operation, target=target, identity="", headers=RUBBISH)
        shown = next((each for each in (nobody, rubbish) if granted(each) and thing.marker in each.text), None)
        if shown is None:
            judged.proven.update({operation.key} if shut(nobody) and shut(rubbish) else ())
        elif await _is_hidden(http, thing, operation):
            who = "nobody" if shown is nobody else "a token that is none"
            what = f"{operation.key} shows {who} what is {thing.owner}'s alone"
            proof = f"{operation.key}: a text that only the owner sent came back without credentials, while other users are not shown it"
            judged.faults.append(Open(operation, http.show(shown, what), proof))


async def _is_hidden(http: Http, thing: Thing, operation: Operation) -> bool:
    """Whether the API keeps the object from somebody: then it was not made for all to see."""
    if http.other:
        theirs = await http.send_to(operation, target=http.aim(operation, thing), identity=http.other)
        if shut(theirs) or (granted(theirs) and thing.marker not in theirs.text):
            return True
    if thing.lists is None:
        return False
    target = http.aim(thing.lists, thing)
    own = await http.send_to(thing.lists, target=target, identity=thing.owner, fresh=True)
    if not granted(own) or thing.marker not in own.text or operation.path == thing.lists.path:
        return False
    lists: list[Answer] = [await http.send_to(thing.lists, target=target, identity="", fresh=True)]
    if http.other:
        lists.append(await http.send_to(thing.lists, target=target, identity=http.other, fresh=True))
    return all(shut(each) or (granted(each) and thing.marker not in each.text) for each in lists)


async def _write(http: Http, thing: Thing, operation: Operation, judged: Judged) -> None:
    """Half a body is sent first, to what is there: whoever is refused for that was asked who he is, and nothing is made."""
    media = [("Content-Type", "application/json")]
    half = await http.send_to(operation, target=http.aim(operation, thing), identity="", body=HALF, headers=media)
    if half.status in {401, 403}:
        judged.proven.add(operation.key)
        return
    fresh = await http.make(thing.kind, http.owner)
    text = "".join(each for each in (fresh.marker or fresh.id) if each.isalnum())[-8:] + "n"
    cell = await crossing.written(http, fresh, operation, "", text)
    if cell.verdict in {PUBLIC, CROSSED}:
        after = await crossing.seen(http, fresh)
        if after is not None:
            what = (
                f"{operation.key} is carried out for nobody: {thing.owner} reads what was written without credentials"
            )
            judged.faults.append(Open(operation, http.show(after, what), what))
    elif cell.verdict == KEPT:
        judged.proven.add(operation.key)


async def _delete(http: Http, thing: Thing, judged: Judged) -> None:
    cell = await crossing.deleted(http, await http.make(thing.kind, http.owner), "")
    if cell is None:
        return
    if cell.verdict == CROSSED:
        what = f"{cell.operation.key} is carried out for nobody: {thing.owner} no longer finds what was his"
        judged.faults.append(Open(cell.operation, cell.evidence[0], what))
    elif cell.verdict == KEPT:
        judged.proven.add(cell.operation.key)
