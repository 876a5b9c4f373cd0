"""An override that works, and a read that writes, show in what changes."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Finding,
    Operation,
    failed,
    passed,
    unknown,
)

MOST_READS = 30


async def audit_live(http: Http) -> Finding:
    """See whether an override turns one method into another, and whether reading changes what is listed."""
    if not http.intrusive:
        return unknown("needs --intrusive: reading everything twice is a write where this control is broken")
    reads = [each for each in http.operations if each.method == "GET"][:MOST_READS]
    stable = await _listed(http, [each for each in reads if "{" not in each.path])
    overridden = await _overridden(http, reads)
    if overridden is not None:
        return failed(
            "a header replaces the request's method", http.show(overridden, "a POST that was answered as a GET")
        )
    for operation in reads:
        try:
            await http.send_to(operation, fresh=True)
        except Unanswerable:
            continue
    for operation, before in stable:
        after = await http.send_to(operation, fresh=True)
        if after.accepted and after.body != before.body:
            return failed(
                f"reading changed what {operation.key} lists", http.show(before, "before"), http.show(after, "after")
            )
    if not stable:
        return unknown("no list answered the same twice, so a change could not be told from noise")
    return passed(f"{len(reads)} reads left {len(stable)} lists as they were, and no override was obeyed")


async def _listed(http: Http, lists: Sequence[Operation]) -> list[tuple[Operation, Answer]]:
    found = []
    for operation in lists[:6]:
        try:
            first, second = await http.baseline(operation), await http.send_to(operation, fresh=True)
        except Unanswerable:
            continue
        if second.accepted and first.body == second.body:
            found.append((operation, second))
    return found


async def _overridden(http: Http, reads: Sequence[Operation]) -> Answer | None:
    """A POST where none is declared, named GET by a header: harmless whether it is obeyed or not."""
    for operation in [each for each in reads if "POST" not in each.methods][:3]:
        try:
            target = (await http.baseline(operation)).asked.target
            plain = await http.send("POST", target)
            named = await http.send("POST", target, headers=[("X-HTTP-Method-Override", "GET")])
        except Unanswerable:
            continue
        if named.accepted and not plain.accepted:
            return named
    return None
