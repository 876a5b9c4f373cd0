"""Objects are created with fields that they have and no client may send: what they cost, whose they are, whether they passed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Final

from ostiary.controls.beyond.mass_assignment.powers import AMOUNTS, other, powers
from ostiary.controls.beyond.mass_assignment.told import Told
from ostiary.errors import Unanswerable
from ostiary.evidence import Http, Thing
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.changes import members
from ostiary.parts.seen.crossing import seen
from ostiary.parts.seen.fields import taken_by
from ostiary.parts.seen.inputs import words
from ostiary.parts.seen.owners import names_owner

MOST: Final = 6  # kinds of objects; at most 4 requests for each


async def tried(http: Http, told: Told) -> None:
    """Create one of each kind with more than may be sent, and read it back."""
    things = await http.things()
    own = [each for each in things if each.ours and each.owner == http.owner and each.create is not None]
    for thing in own[:MOST]:
        foreign = next((each for each in things if each.owner == http.other and each.kind == thing.kind), None)
        with contextlib.suppress(Unanswerable):
            await _created(http, thing, foreign, told)


def _extra(thing: Thing, foreign: Thing | None) -> dict[str, Any]:
    """What the object shows of itself, besides what its creation takes, with other values."""
    shown = dict(members(parse(thing.seen.body))) if thing.seen is not None else {}
    theirs = dict(members(parse(foreign.seen.body))) if foreign is not None and foreign.seen is not None else {}
    taken = taken_by(thing.create) if thing.create is not None else set()
    found = {**powers(shown), **{name: value for name, value in shown.items() if not AMOUNTS.isdisjoint(words(name))}}
    extra = {
        name: other(value)
        for name, value in found.items()
        if name not in taken and isinstance(value, (bool, int, float)) and other(value) != value
    }
    for name, value in shown.items():  # whose it is: somebody else's
        given = theirs.get(name)
        if (
            names_owner(name)
            and name not in taken
            and given is not None
            and type(given) is type(value)
            and given != value
        ):
            extra[name] = given
    return extra


async def _created(http: Http, thing: Thing, foreign: Thing | None, told: Told) -> None:
    extra = _extra(thing, foreign)
    if not extra or thing.create is None:
        return
    try:
        made = await http.make(thing.kind, http.owner, **extra)
    except Unanswerable:
        if thing.seen is not None:
            told.good.append((f"{thing.create.key} refuses fields that it does not take", thing.seen))
        return
    after = await seen(http, made) if made.id else None
    answer = after if after is not None and after.accepted else made.seen
    if answer is None:
        return
    shown: Mapping[str, Any] = dict(members(parse(answer.body)))
    won = [name for name, value in extra.items() if name in shown and shown[name] == value]
    if won:
        what = f"{thing.create.key} takes {won[0]}: {json.dumps(extra[won[0]])}, and the object has it so"
        told.fault(http, thing.create, won, what, answer)
    elif shown:
        told.good.append((f"{thing.create.key} leaves out fields that it does not take", answer))
