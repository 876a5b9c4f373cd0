"""What the API accepted before has to work behind its policy: each legitimate request is sent again, through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ostiary.audit import target as targets
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live, Pairs
from ostiary.audit.gather.wire import Wire
from ostiary.audit.knowledge import Legitimate
from ostiary.errors import Unanswerable

MOST = 1000  # requests
_TOO_MANY = 429


class Replayed(NamedTuple):
    """One legitimate request: what it got behind the policy, and where that was no success, what the API itself says."""

    operation: str
    behind: int  # status; 0: no answer
    bare: int

    @property
    def good(self) -> bool:
        """Whether it works behind the policy."""
        return _good(self.behind)

    @property
    def broken(self) -> bool:
        """Whether the policy is what stopped it: the API would still have taken it."""
        return not _good(self.behind) and _good(self.bare)


async def replay(
    exchanges: Sequence[Legitimate],
    *,
    gateway: str,
    upstream: str,
    credentials: Mapping[str, Pairs],
    leave_out: Collection[str] = (),
) -> list[Replayed]:
    """Send requests again, reads first.

    :param credentials: header fields by identity, as good today.
    :param leave_out: keys of operations whose acceptance was the fault that the policy closes.
    """
    chosen = [each for each in exchanges if each.operation not in leave_out][:MOST]
    chosen.sort(key=lambda each: each.method not in {"GET", "HEAD"})
    sides = [await _side(url, credentials) for url in (gateway, upstream)]
    try:
        await _meet(sides[1])  # before credentials go there
        found = []
        for each in chosen:
            behind = await _status(sides[0], each)
            found.append(Replayed(each.operation, behind, behind if _good(behind) else await _status(sides[1], each)))
        return found
    finally:
        await asyncio.gather(*(live.wire.close() for live in sides))


async def reach(url: str) -> None:
    """See that the API still answers, and as itself; nothing that is a secret is sent.

    :raises Unanswerable: when it does not: what a gateway says in its place closes nothing.
    """
    live = await _side(url, {})
    try:
        await _meet(live)
    except Unanswerable as error:
        raise Unanswerable(f"{url} answers no longer: {error}") from error
    finally:
        await live.wire.close()


async def _meet(live: Live) -> None:
    await LiveHttp(live, "the replay").send("GET", f"{live.target.prefix}/", identity="", fresh=True)
    if live.wire.certificate_fault:
        raise Unanswerable(f"its certificate does not verify ({live.wire.certificate_fault})")


async def _side(url: str, credentials: Mapping[str, Pairs]) -> Live:
    target = await targets.pin(targets.parse(url), authorized=True)
    return Live(target, Wire(target), Budget(2 * MOST), identities=credentials)


async def _status(live: Live, each: Legitimate) -> int:
    http = LiveHttp(live, "the replay")
    who = each.identity if each.identity in live.identities else ""
    try:
        answer = await http.send(
            each.method, each.target, headers=each.headers, body=each.body, identity=who, fresh=True
        )
    except Unanswerable:
        return 0
    if answer.status == _TOO_MANY:  # a limit is no mistake; one second is what a patient client waits
        await asyncio.sleep(1)
        answer = await http.send(
            each.method, each.target, headers=each.headers, body=each.body, identity=who, fresh=True
        )
    return answer.status


def _good(status: int) -> bool:
    return 200 <= status < 400  # noqa: PLR2004 - RFC 9110 section 15
