"""A delivery without a signature, and one with a made-up signature, must not be taken by who declares to want one."""

from __future__ import annotations

import time
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.deliveries import signature_of

MOST: Final = 3  # receivers
FORGED: Final = "0" * 64
_REFUSED: Final = frozenset({401, 403})
_UNKNOWN_PATH: Final = "/ostiary-no-such-path"


async def audit_live(http: Http) -> Finding:
    """Post to receivers that declare a signature header, without one and with a false one."""
    receivers = [(each, name) for each in http.operations if (name := signature_of(each))]
    faults: list[Evidence] = []
    good: list[Answer] = []
    for operation, name in receivers[:MOST]:
        try:
            bare, forged = await _asked(http, operation, name)
            wall = await http.send("POST", f"{http.target_of(operation).rstrip('/')}{_UNKNOWN_PATH}", body=b"{}")
        except Unanswerable:
            continue
        if bare.accepted:
            faults.append(http.show(bare, f"{operation.key} takes a delivery without {name}"))
        elif forged.accepted:
            faults.append(http.show(forged, f"{operation.key} takes a delivery with a made-up {name}"))
        elif {bare.status, forged.status} <= _REFUSED and wall.status not in _REFUSED:
            good.append(forged)
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} receivers)", *faults)
    if good:
        what = f"{len(good)} receivers refuse deliveries without a signature and with a false one"
        return passed(what, http.show(good[0], "a made-up signature is refused"))
    if not receivers and http.api is not None:
        return not_applicable("no operation declares a signature header")
    return unknown("the receivers refuse for reasons that do not show; a signed sample would tell")


async def _asked(http: Http, operation: Operation, name: str) -> tuple[Answer, Answer]:
    made = http.body_of(operation)
    body = made[1] if made else b"{}"
    others = [each.name for each in operation.parameters if "timestamp" in each.name.lower()]
    headers = [(name, FORGED), *((each, str(int(time.time()))) for each in others)]
    bare = await http.send_to(operation, body=body, drop=[name], fresh=True)
    return bare, await http.send_to(operation, body=body, headers=headers, fresh=True)
