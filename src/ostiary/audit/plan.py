"""What an audit would ask, how much of it at most, and what it may change; nothing is sent but the document's fetch."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary import catalogue
from ostiary.audit import target as targets
from ostiary.audit.choice import named_document, select
from ostiary.audit.gather import danger, document
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.pace import MOST_AT_ONCE
from ostiary.audit.gather.wire import Wire
from ostiary.audit.result import Excluded
from ostiary.audit.stages import SESSION, staged, step_of
from ostiary.audit.survey import SURVEYOR
from ostiary.config import Config
from ostiary.model import Api, Kind, Operation, Probe
from ostiary.parts import openapi
from ostiary.parts.roles import recognised

_WEB: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One check: the most that it may send, and what it may change."""

    id: str
    stage: str
    requests: int
    changes: str
    why_not: str = ""  # empty: it is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole audit before it is made; ``missing`` are sentences about what would let it find more."""

    target: str
    document: str
    operations: int
    budget: int
    checks: tuple[Planned, ...]
    excluded: tuple[Excluded, ...]
    missing: tuple[str, ...]
    from_document: int  # controls that are asked of the document alone
    by_people: int  # controls that only people can answer

    @property
    def most(self) -> int:
        """Requests that all of it may take: what its checks may, within the budget."""
        return min(self.budget, self.session + sum(each.requests for each in self.asked))

    @property
    def session(self) -> int:
        """Requests that may go into documents, accounts, objects and a valid request for each operation."""
        return int(SESSION.share * self.budget)

    @property
    def asked(self) -> tuple[Planned, ...]:
        """Those that would be asked."""
        return tuple(each for each in self.checks if not each.why_not)


async def plan(
    url: str,
    *,
    api: str | os.PathLike[str] | Api | None = None,
    only: Collection[str] | None = None,
    skip: Collection[str] = (),
    config: Config | None = None,
    intrusive: bool = False,
    authorized: bool = False,
    resolve: Sequence[str] = (),
    cacert: str | None = None,
    identities: int = 0,
    register: bool = True,
    rate: float = 0.0,
    budget: int | None = None,
) -> Plan:
    """Say what `audit` would do with the same arguments; `identities` is how many users it would be given.

    :raises ConfigError: for wrong use.
    :raises Unanswerable: when the document is to be fetched and the target cannot be reached.
    """
    config = config or Config()
    found = await _document(url, named_document(api, config), authorized=authorized, resolve=resolve, cacert=cacert)
    listed = tuple(each for each in (found.operations if found is not None else ()) if each.declared)
    reasons = [] if intrusive else [(each, why) for each in listed if (why := danger.reason(each))]
    purse = Budget(budget, intrusive=intrusive)
    purse.cover(len(listed) - len(reasons))
    may = _May(intrusive=intrusive, rate=rate, off=config.off, total=purse.total, operations=len(listed))
    ids = select(only, skip)
    checks = [may.planned(each, stage.name) for stage, here in staged(ids, tight=purse.tight) for each in here]
    return Plan(
        target=targets.parse(url).url,
        document=found.source if found is not None else "",
        operations=len(listed),
        budget=purse.total,
        checks=tuple(each for each in checks if each is not None),
        excluded=tuple(Excluded(operation=each.key, reason=why) for each, why in reasons),
        missing=tuple(_missing(listed, identities, register=register, intrusive=intrusive)),
        from_document=sum(set(catalogue.control(each).audits) == {Kind.SPEC} for each in ids),
        by_people=sum(catalogue.control(each).by_attestation for each in ids),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _May:
    """What the operator allows."""

    intrusive: bool
    rate: float
    off: Mapping[str, str]
    total: int
    operations: int

    def planned(self, control_id: str, stage: str) -> Planned | None:
        control, step = catalogue.control(control_id), step_of(control_id)
        if Kind.LIVE not in control.audits:
            return None
        why_not = self.off.get(control_id, "")
        if not why_not and control.probe is Probe.INTRUSIVE and not self.intrusive:
            why_not = "intrusive (--intrusive)"
        if not why_not and step.bursts and self.rate:
            why_not = "needs bursts (--rate forbids them)"
        most = min(step.fixed + step.each * self.operations, self.total)
        changes = step.changes or "changes nothing"
        return Planned(id=control_id, stage=stage, requests=most, changes=changes, why_not=why_not)


async def _document(
    url: str, api: str | os.PathLike[str] | Api | None, *, authorized: bool, resolve: Sequence[str], cacert: str | None
) -> Api | None:
    if isinstance(api, Api):
        return api
    if api is not None and not os.fspath(api).startswith(_WEB):
        return openapi.read(os.fspath(api), forgiving=True)
    target = await targets.pin(targets.parse(url), authorized=authorized, resolve=resolve)
    wire = Wire(target, concurrency=MOST_AT_ONCE, cacert=cacert)
    live = Live(target, wire, Budget())
    live.budget.enter([SURVEYOR], share=SESSION.share)
    http = LiveHttp(live, SURVEYOR)
    try:
        if api is not None:
            return await document.given(os.fspath(api), http)
        return (await document.found(http, target.prefix))[0]
    finally:
        await live.close()
        await wire.close()


def _missing(listed: Sequence[Operation], identities: int, *, register: bool, intrusive: bool) -> list[str]:
    roles = {recognised(each) for each in listed}
    may_register = register and "register" in roles and "login" in roles
    found = []
    if not listed:
        found.append("No document: most checks need one (--api FILE or URL).")
    if identities == 0 and not may_register:
        found.append("No credentials: what wants some stays unknown (--bearer, --identity, [audit.accounts]).")
    elif identities < 2 and not may_register:  # noqa: PLR2004 - a comparison takes two
        found.append("No second user: nobody tries another's objects (--identity NAME=TOKEN, twice).")
    elif identities < 2:  # noqa: PLR2004 - a comparison takes two
        found.append("Accounts are registered through the API's own operations, and removed where that is possible.")
    if not intrusive:
        found.append("Checks that may lock, upload or upset something wait for --intrusive (test systems only).")
    return found
