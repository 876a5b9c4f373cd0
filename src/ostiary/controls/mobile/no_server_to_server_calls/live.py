"""What is for servers is called with the token of a user, as an app would have it."""

from __future__ import annotations

import contextlib

from ostiary.controls.mobile.no_server_to_server_calls.audience import for_servers
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.doors import doors, granted, shut

MOST = 6  # operations; at most 3 requests for each
_SHOWN = 4
_REFUSALS = frozenset({401, 403, 404})
_UNTRIED = "no operation for servers could be called without harm"


async def audit_live(http: Http) -> Finding:
    """Call what is for servers as an ordinary user, who is let in elsewhere."""
    kept = [each for each in http.operations if for_servers(http.api, each)]
    if http.operations and not kept:
        return not_applicable("the document keeps no operation for servers (x-audience: server)")
    who = http.owner
    if not who:
        return unknown("no credentials of a user were given (--bearer)")
    faults: list[tuple[Operation, Evidence, str]] = []
    refused: list[Evidence] = []
    for operation in [each for each in kept if each.method in {"GET", "POST"}][:MOST]:
        with contextlib.suppress(Unanswerable):
            await _call(http, operation, who, faults, refused)
    if faults:
        return failed(
            faults[0][1].what,
            *[shown for _, shown, _ in faults[:_SHOWN]],
            proof=faults[0][2],
            places=tuple(each.key for each, _, _ in faults),
        )
    if not refused:
        return unknown(_UNTRIED)
    if not await doors(http, who):
        return unknown("what is for servers refuses the user, but nothing is known that lets him in")
    return passed(f"{len(refused)} operations for servers refuse a user's token", *refused[:2])


async def _call(
    http: Http, operation: Operation, who: str, faults: list[tuple[Operation, Evidence, str]], refused: list[Evidence]
) -> None:
    answer = await http.send_to(operation, identity=who)
    if not granted(answer):
        if shut(answer) and answer.status in _REFUSALS:
            refused.append(http.show(answer, f"{operation.key} refuses {who}"))
        return
    nobody = await http.send_to(operation, identity="")
    if shut(nobody):  # what answers to nobody is processing.all-endpoints-authenticated's
        what = f"{operation.key} is for servers, and lets {who} in"
        proof = f"{operation.key} ({for_servers(http.api, operation)}): a user's token got {answer.status}, nobody {nobody.status}"
        faults.append((operation, http.show(answer, what), proof))
