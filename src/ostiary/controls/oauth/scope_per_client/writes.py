"""The owner's own object is changed by a token of his that may not; one that was there before is written as it is."""

from __future__ import annotations

import contextlib

from ostiary.controls.oauth.scope_per_client.held import Got, Holder, enough
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Operation
from ostiary.parts.seen import crossing
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.changes import unchanged
from ostiary.parts.seen.crossing import CROSSED, KEPT
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.privileges import scopes_of

MOST: int = 3  # operations, with every token that lacks the scope; at most 9 requests for each
REPLACES = frozenset({"PUT", "PATCH"})


async def tried(http: Http, holders: list[Holder], got: Got) -> None:
    """Try every write of something of the owner's with his poorer tokens."""
    own = next((each for each in holders if each.name == http.owner), None)
    if own is None:
        return
    things = [each for each in await http.things() if each.owner == http.owner and each.holes]
    writes = [
        (each, write) for each in things for write in each.writes if write.method in REPLACES and scopes_of(write)
    ]
    for thing, operation in writes[:MOST]:
        for holder in holders:
            if holder.user == own.user and not enough(operation, holder.scopes):
                with contextlib.suppress(Unanswerable):
                    await (_changed if thing.ours and thing.create is not None else _rewritten)(
                        http, thing, operation, holder, got
                    )


async def _changed(http: Http, thing: Thing, operation: Operation, holder: Holder, got: Got) -> None:
    fresh = await http.make(thing.kind, http.owner)
    text = "".join(each for each in (fresh.marker or fresh.id) if each.isalnum())[-8:] + "s"
    cell = await crossing.written(http, fresh, operation, holder.name, text)
    if cell.verdict == CROSSED:
        what = f"{operation.key} is carried out for a token without {holder.lacks(operation)}"
        proof = f"{what}: what it sent is what the owner reads afterwards; nobody changes it"
        got.faults.append((operation, cell.evidence[0], proof))
    elif cell.verdict == KEPT and fresh.seen is not None:
        got.refused.append(http.show(fresh.seen, f"{operation.key} changes nothing for a token that lacks its scope"))


async def _rewritten(http: Http, thing: Thing, operation: Operation, holder: Holder, got: Got) -> None:
    """Nothing changes, and the door shows whom it lets in."""
    now = await crossing.seen(http, thing)
    made = unchanged(http, operation, now) if now is not None and granted(now) else None
    if made is None:
        return
    target, headers = http.aim(operation, thing), [("Content-Type", made[0])]

    async def asked(identity: str) -> Answer:
        return await http.send_to(
            operation, target=target, identity=identity, body=made[1], headers=headers, fresh=True
        )

    poor, own, nobody = await asked(holder.name), await asked(http.owner), await asked("")
    if granted(own) and granted(poor) and shut(nobody) and parse(poor.body) == parse(own.body):
        what = f"{operation.key} is carried out for a token without {holder.lacks(operation)}"
        proof = f"{what}: it got what a token with it got ({poor.status}) for writing what was there; nobody got {nobody.status}"
        got.faults.append((operation, http.show(poor, what), proof))
    elif granted(own) and shut(poor):
        got.refused.append(http.show(poor, f"{operation.key} refuses a token that lacks its scope"))
