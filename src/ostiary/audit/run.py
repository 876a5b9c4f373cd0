"""An audit from its target's URL to its report: what is needed is put together here, and put away again."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import hashlib
import os
import secrets
import shlex
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import ostiary
from ostiary.audit import target as targets
from ostiary.audit.asking import Asking, Progress
from ostiary.audit.choice import named_document, select
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.live import Live, Pairs
from ostiary.audit.gather.pace import MOST_AT_ONCE, Pace
from ostiary.audit.gather.wire import Wire
from ostiary.audit.journal import Journal
from ostiary.audit.knowledge import known
from ostiary.audit.result import Excluded, Report, Result
from ostiary.audit.stages import AT_THE_DOOR, SESSION
from ostiary.audit.survey import SURVEYOR
from ostiary.config import Config, role_of
from ostiary.model import Api, Kind
from ostiary.parts.accounts import Account as AccountSettings

SEEDS: Final = 1_000_000_000
TIMEOUT: Final = 10.0  # seconds for a request


async def audit(
    url: str,
    *,
    api: str | os.PathLike[str] | Api | None = None,
    find: bool = True,
    config: Config | None = None,
    only: Collection[str] | None = None,
    skip: Collection[str] = (),
    kinds: Collection[Kind] | None = None,
    intrusive: bool = False,
    authorized: bool = False,
    insecure: bool = False,
    cacert: str | None = None,
    resolve: Sequence[str] = (),
    headers: Pairs = (),
    identities: Mapping[str, Pairs] | None = None,
    accounts: Mapping[str, AccountSettings] | None = None,
    register: bool = True,
    user_agent: str = "",
    budget: int | None = None,
    concurrency: int = MOST_AT_ONCE,
    rate: float = 0.0,
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - of each request, not of this coroutine
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
    nonce: str = "",
    seed: int | None = None,
    journal: Path | None = None,
    then: Callable[[Report], Awaitable[None]] | None = None,
) -> Report:
    """Audit an API and say for each control whether it holds.

    :param url: the API's base URL; only loopback and private addresses unless `authorized`.
    :param api: its document: a file, a URL on the target, or an `Api`; None looks in the usual places if `find`.
    :param config: a policy; its ``off`` controls show as WAIVED, its profile says whether this is development, its
        ``api`` is used if `api` is None. Its ``only`` is the guard's affair: what is not enforced is still asked.
    :param only: ids, sections or patterns (``access.*``) of controls to ask; None asks all.
    :param kinds: kinds of evidence to use; None uses all at hand.
    :param identities: credentials, a list of headers by name; the first is the default.
    :param accounts: more of them, as under ``[audit.accounts]`` in a policy; they come after those of `identities`.
    :param register: whether accounts may be registered through the API's own operations.
    :param budget: requests that may be sent in all; None: in proportion to the document (`gather.budget`).
    :param rate: requests per second; 0: as many as the target bears without answering slower.
    :param stop: set it to end early: what is not done yet becomes UNKNOWN "interrupted".
    :param nonce: text in the names of things that are created; made from the seed if empty.
    :param seed: what is left to chance is taken from it, so that equal seeds ask equal questions; None: a new one.
    :param then: called with the report while the accounts and objects made for the audit still exist; not where nobody
        could sign in, or the audit was stopped.
    :param journal: a file in which results are kept as they come; what it holds already is not asked again.
    :raises ConfigError: for wrong use.
    :raises Unanswerable: when the target cannot be reached.
    """
    config = config or Config()
    chosen = select(only, skip)
    who = sorted({*(identities or ()), *(accounts or ())})
    asked = {"target": url, "api": str(getattr(api, "source", api)), "controls": chosen, "intrusive": intrusive}
    about = {**asked, "kinds": sorted(kinds or Kind), "identities": who}
    book = Journal(journal, about) if journal is not None else None
    if seed is None:
        seed = book.seed if book is not None and book.seed is not None else secrets.randbelow(SEEDS)
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    wanted = frozenset(kinds if kinds is not None else Kind)
    target = await targets.pin(targets.parse(url), authorized=authorized, resolve=resolve)
    wire = Wire(target, concurrency=concurrency, timeout=timeout, cacert=cacert)
    live = Live(
        target,
        wire,
        Budget(budget, intrusive=intrusive),
        headers=headers,
        identities=identities,
        user_agent=user_agent,
        development=config.profile == "development",
        intrusive=intrusive,
        nonce=nonce or _nonce(seed),
        curl_options=_curl_options(cacert, resolve),
        role=functools.partial(role_of, config),
        pace=Pace(concurrency, rate),
        settings=config.audit,
        accounts=accounts,
        register=register,
    )
    run = Asking(
        live,
        config,
        kinds=wanted,
        progress=progress or (lambda _: None),
        stop=stop or asyncio.Event(),
        concurrency=concurrency,
        done=book.done if book is not None else None,
        keep=book.keep if book is not None else None,
    )
    survey = run.survey
    results: Sequence[Result] = ()
    lost = False

    def report() -> Report:
        return Report(
            tool=f"ostiary {ostiary.__version__}",
            target=target.url,
            addresses=target.addresses,
            started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
            seconds=round(time.monotonic() - clock, 2),
            results=tuple(results),
            document=live.shower.scrub(live.api.source) if live.api is not None else "",
            title=live.shower.scrub(live.api.title) if live.api is not None else "",
            operations=sum(each.declared for each in live.api.operations) if live.api is not None else 0,
            answered=survey.answered,
            tried=survey.tried,
            identities=live.accounts.names,
            budget=live.budget.total,
            seed=seed,
            unreached=tuple(each for each in chosen if each in live.budget.starved),
            used=live.budget.used,
            cleaning=live.budget.cleaned,
            excluded=tuple(
                Excluded(operation=live.fields.said(live.shower.scrub(each.key)), reason=live.shower.scrub(why))
                for each, why in live.excluded
            ),
            notes=tuple(
                live.fields.said(live.shower.scrub(each))
                for each in (
                    *survey.notes,
                    *wire.health.notes,
                    *wire.restarts.notes,
                    *live.accounts.notes,
                    *live.objects.notes,
                )
            ),
            unauthenticated=lost,
            interrupted=run.stop.is_set(),
            profile=config.profile,
            options=_options(only, skip, intrusive=intrusive),
            known=known(live, run.things),
        )

    live.budget.enter([SURVEYOR], share=SESSION.share)
    if book is not None:
        book.begin(seed)
    try:
        await run.unless_stopped(survey.make(named_document(api, config), find=find, insecure=insecure))
        lost = survey.unauthenticated and not (survey.shut and AT_THE_DOOR.issuperset(chosen))
        results = run.silenced(chosen) if lost else await run.ask(chosen)
        if then is not None and not lost and not run.stop.is_set():
            await run.remember()
            await then(report())
    finally:
        try:
            await run.close()  # also after Ctrl-C: what was made for the audit is not left to the owner
        finally:
            await live.close()
        await wire.close()
        if book is not None:
            book.end(finished=not run.stop.is_set() and sys.exc_info()[0] is None)
    return report()


def _nonce(seed: int) -> str:
    return hashlib.sha256(str(seed).encode()).hexdigest()[:6]


def _options(only: Collection[str] | None, skip: Collection[str], *, intrusive: bool) -> tuple[str, ...]:
    found = ["intrusive probes too"] if intrusive else []
    found += [f"only {', '.join(only)}"] if only is not None else []
    found += [f"without {', '.join(skip)}"] if skip else []
    return tuple(found)


def _curl_options(cacert: str | None, resolve: Sequence[str]) -> list[str]:

    options = ["--cacert", shlex.quote(cacert)] if cacert else []
    return options + [word for each in resolve for word in ("--resolve", shlex.quote(each))]
