"""What replies tell of an allowance over hours or longer, and whether it falls; nothing is used up."""

from __future__ import annotations

from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Finding, passed, unknown
from ostiary.parts.seen import bursts
from ostiary.parts.seen.advertised import LONG, allowances


async def audit_live(http: Http) -> Finding:
    """Read the fields of two calls in a row; at most nine requests."""
    try:
        operation = await bursts.cheap(http)
        first, second = await bursts.called(http, operation), await bursts.called(http, operation)
    except Unanswerable as error:
        return unknown(f"no two calls could be compared: {error}")
    before, after = allowances(first), allowances(second)
    if not before:
        return unknown(
            "no reply tells of a quota, and none was used up to see", http.show(second, "a reply without one")
        )
    shown = http.show(second, "what is advertised")
    longest = max(range(len(before)), key=lambda at: before[at].window)
    window = before[longest].window
    if window < LONG:
        said = f"over {window:.0f} s" if window else "of a window that is not said"
        return unknown(f"an allowance {said} is advertised, which is no quota", shown)
    if len(after) == len(before) and 0 <= after[longest].left < before[longest].left:
        return passed(f"a quota over {window / LONG:.0f} h is advertised, and falls with each call", shown)
    return unknown(f"a quota over {window / LONG:.0f} h is advertised, but did not fall between two calls", shown)
