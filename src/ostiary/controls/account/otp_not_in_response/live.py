"""A code is asked for twice: what comes back in a code's place, and changes, is the code."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts.seen.codes import Code, codes

MOST: Final = 3  # operations


async def audit_live(http: Http) -> Finding:
    """Have a code sent, at most twice for each operation, and look for it in the reply."""
    senders = [each for each in http.operations if each.role == "otp-send"]
    faults: list[Evidence] = []
    clean: list[Answer] = []
    for operation in senders[:MOST]:
        made = http.body_of(operation)
        try:
            first = await http.baseline(operation)
            found = codes(first)
            if found:
                second = await http.send_to(operation, body=made[1] if made else b"", fresh=True)
                same = second.accepted and _texts(found) == _texts(codes(second))
                if not same:  # the second may be one too many: then the first stands for itself
                    what = f"{operation.key}: the reply has the code, in {found[0].at}"
                    faults.append(http.show(first, what))
                continue
        except Unanswerable:
            continue
        clean.append(first)
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} operations)", *faults)
    if clean:
        return passed(f"{len(clean)} operations send a code and do not tell it", http.show(clean[0], "a code is sent"))
    if not senders and http.api is not None:
        return not_applicable("no operation sends a one-time code")
    return unknown("no operation that sends a code answered a valid request with 2xx")


def _texts(found: list[Code]) -> set[str]:
    return {each.text for each in found}
