"""An override that works, and a read that writes, show in what changes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Finding, Operation, failed, passed, unknown
from ostiary.parts.seen.doors import granted

MOST_READS = 30
MOST_LISTS = 6
MOST_OVERRIDDEN = 3  # reads that are asked for by a POST in disguise
MOST_KINDS = 2  # of own objects that a disguised DELETE may remove
_FORM = ("Content-Type", "application/x-www-form-urlencoded")


class _Disguise(NamedTuple):
    """One way to name another method than the request's own, and how it is said in a report."""

    what: str
    header: str = ""
    query: str = ""
    field: str = ""


DISGUISES = (
    _Disguise("X-HTTP-Method-Override", header="X-HTTP-Method-Override"),
    _Disguise("X-HTTP-Method", header="X-HTTP-Method"),
    _Disguise("X-Method-Override", header="X-Method-Override"),
    _Disguise("the parameter _method", query="_method"),
    _Disguise("the form field _method", field="_method"),
)


async def audit_live(http: Http) -> Finding:
    """See whether an override turns one method into another, and whether reading changes what is listed."""
    if not http.intrusive:
        return unknown("needs --intrusive: reading everything twice is a write where this control is broken")
    reads = [each for each in http.operations if each.method == "GET"][:MOST_READS]
    found = await _overridden(http, reads) or await _removed(http)
    if found is not None:
        return found
    stable = await _listed(http, [each for each in reads if "{" not in each.path])  # after what makes objects
    changed = await _changed(http, reads, stable)
    if changed:  # somebody else may have been at it: only what the same reads change again is theirs
        stable = await _listed(http, [each for each, _, _ in changed])
        again = await _changed(http, reads, stable)
        if again:
            operation, before, after = again[0]
            return failed(
                f"reading changed what {operation.key} lists",
                http.show(before, "before"),
                http.show(after, "after"),
                proof="the list answered twice the same, and differently after nothing but reads; and so a second time",
                places=(operation.key,),
            )
        return unknown(f"{changed[0][0].key} changed while everything was read, and not when it was read again")
    if not stable:
        return unknown("no list answered the same twice, so a change could not be told from noise")
    return passed(f"{len(reads)} reads left {len(stable)} lists as they were, and no override was obeyed")


async def _changed(
    http: Http, reads: Sequence[Operation], stable: Sequence[tuple[Operation, Answer]]
) -> list[tuple[Operation, Answer, Answer]]:
    """Read everything, one request at a time; the lists that differ from what they were, before and after."""
    if not stable:
        return []
    for operation in reads:
        with contextlib.suppress(Unanswerable):
            await http.send_to(operation, timed=True)
    found = []
    for operation, before in stable:
        with contextlib.suppress(Unanswerable):
            after = await http.send_to(operation, timed=True)
            if after.accepted and after.body != before.body:
                found.append((operation, before, after))
    return found


async def _listed(http: Http, lists: Sequence[Operation]) -> list[tuple[Operation, Answer]]:
    found = []
    for operation in lists[:MOST_LISTS]:
        try:
            await http.baseline(operation)
            first, second = [await http.send_to(operation, timed=True) for _ in range(2)]
        except Unanswerable:
            continue
        if first.accepted and second.accepted and first.body == second.body:
            found.append((operation, second))
    return found


async def _disguised(http: Http, disguise: _Disguise, target: str, method: str, identity: str | None = None) -> Answer:
    """A POST that says it is something else, without a body unless that says so: what it stands for takes none."""
    headers = [(disguise.header, method)] if disguise.header else []
    if disguise.query:
        target += f"{'&' if '?' in target else '?'}{disguise.query}={method}"
    body = f"{disguise.field}={method}".encode() if disguise.field else b""
    headers += [_FORM] if disguise.field else []
    return await http.send("POST", target, headers=headers, body=body, identity=identity, fresh=True)


async def _overridden(http: Http, reads: Sequence[Operation]) -> Finding | None:
    """A POST where none is declared, named GET: harmless whether it is obeyed or not."""
    for operation in [each for each in reads if "POST" not in each.methods][:MOST_OVERRIDDEN]:
        try:
            baseline = await http.baseline(operation)
            target = baseline.asked.target
            plain = await http.send("POST", target)
            if granted(plain):
                continue
            for disguise in DISGUISES:
                named = await _disguised(http, disguise, target, "GET")
                if granted(named):
                    return failed(
                        f"{disguise.what} replaces the request's method",
                        http.show(plain, "a POST is refused"),
                        http.show(named, "the same POST, named GET, is answered as a GET"),
                        proof="the same POST was refused without the override and carried out with it",
                        places=(operation.key,),
                        facts={"override": disguise.header or disguise.query or disguise.field},
                    )
        except Unanswerable:
            continue
    return None


async def _removed(http: Http) -> Finding | None:
    """A POST on an object of our own, named DELETE: whether it is still there tells."""
    try:
        things = await http.things()
    except Unanswerable:
        return None
    kinds = dict.fromkeys(each.kind for each in things if each.ours and each.create and each.read and each.delete)
    for kind in list(kinds)[:MOST_KINDS]:
        try:
            thing = await http.make(kind, http.owner)
            if thing.read is None or not granted(await _read(http, thing)):
                continue
            for disguise in DISGUISES:
                asked = await _disguised(http, disguise, http.aim(thing.read, thing), "DELETE", http.owner)
                after = await _read(http, thing)
                if after.status in {404, 410}:
                    return failed(
                        f"{disguise.what} turns a POST into a DELETE",
                        http.show(asked, "a POST on an own object, named DELETE"),
                        http.show(after, "the object afterwards"),
                        proof="the object was there before the disguised POST and is gone after it",
                        places=(thing.delete.key if thing.delete else thing.read.key,),
                        facts={"override": disguise.header or disguise.query or disguise.field},
                    )
        except Unanswerable:
            continue
    return None


async def _read(http: Http, thing: Thing) -> Answer:
    if thing.read is None:
        raise Unanswerable(f"nothing reads {thing.kind}")
    return await http.send("GET", http.aim(thing.read, thing), identity=thing.owner, fresh=True)
