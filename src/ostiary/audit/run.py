"""Every control of the catalogue is asked once per kind of evidence at hand, and every one gets an answer."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import logging
import os
import shlex
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import ostiary
from ostiary import catalogue
from ostiary.audit import target as targets
from ostiary.audit.choice import select
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live, Pairs
from ostiary.audit.gather.wire import Wire
from ostiary.audit.knowledge import known
from ostiary.audit.result import INTERRUPTED, Excluded, Report, Result, decide
from ostiary.audit.survey import SURVEYOR, Survey
from ostiary.config import Config, role_of
from ostiary.errors import Unanswerable
from ostiary.evidence import Spec, Thing
from ostiary.model import Api, Control, Finding, Kind, Outcome, Probe, attest, unknown

logger = logging.getLogger(__name__)

BUDGET: Final = 2000  # requests
CONCURRENCY: Final = 8
TIMEOUT: Final = 10.0  # seconds for a request
CHECK_SECONDS: Final = 180.0  # for one check, so that one that waits for ever ends as UNKNOWN
# These count answers per second, or use up what others need: anything else under way would spoil their measure, and
# they would spoil the rest. In this order, after all others.
ALONE: Final = (
    "input.rate-concurrency",
    "input.rate-quota",
    "input.rate-spike-arrest",
    "auth.login-max-retry",
    "auth.login-jail",
    "account.auth-endpoint-limits",
    "account.captcha-challenge",
    "infra.ddos-protection",
    "access.throttling",
    "beyond.redos",  # it compares times
    "input.credentials-in-header",  # the credential that it puts into a URL may be revoked for it
)


class Progress(NamedTuple):
    """How far an audit is; ``total`` is 0 until the checks begin."""

    done: int
    total: int
    doing: str
    requests: int


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
    user_agent: str = "",
    budget: int = BUDGET,
    concurrency: int = CONCURRENCY,
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - of each request, not of this coroutine
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
    nonce: str = "",
) -> Report:
    """Audit an API and say for each control whether it holds.

    :param url: the API's base URL; only loopback and private addresses unless `authorized`.
    :param api: its document: a file, a URL on the target, or an `Api`; None looks in the usual places if `find`.
    :param config: a policy; its ``off`` controls show as WAIVED, its profile says whether this is development, its
        ``api`` is used if `api` is None. Its ``only`` is the guard's affair: what is not enforced is still asked.
    :param only: ids, sections or patterns (``access.*``) of controls to ask; None asks all.
    :param kinds: kinds of evidence to use; None uses all at hand.
    :param identities: credentials, a list of headers by name; the first is the default.
    :param budget: requests that may be sent in all.
    :param stop: set it to end early: what is not done yet becomes UNKNOWN "interrupted".
    :param nonce: text in the names of things that are created; random if empty.
    :raises ConfigError: for wrong use.
    :raises Unanswerable: when the target cannot be reached.
    """
    config = config or Config()
    chosen = select(only, skip)
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    wanted = frozenset(kinds if kinds is not None else Kind)
    target = await targets.pin(targets.parse(url), authorized=authorized, resolve=resolve)
    wire = Wire(target, concurrency=concurrency, timeout=timeout, cacert=cacert)
    live = Live(
        target,
        wire,
        Budget(budget),
        headers=headers,
        identities=identities,
        user_agent=user_agent,
        development=config.profile == "development",
        intrusive=intrusive,
        nonce=nonce,
        curl_options=_curl_options(cacert, resolve),
        role=functools.partial(role_of, config),
    )
    run = _Run(
        live,
        config,
        kinds=wanted,
        progress=progress or (lambda _: None),
        stop=stop or asyncio.Event(),
        concurrency=concurrency,
    )
    survey = run.survey
    try:
        await run.unless_stopped(survey.make(_document(api, config), find=find, insecure=insecure))
        results = await run.ask(chosen)
        await run.unless_stopped(run.close())
    finally:
        await wire.close()
    return Report(
        tool=f"ostiary {ostiary.__version__}",
        target=target.url,
        addresses=target.addresses,
        started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        seconds=round(time.monotonic() - clock, 2),
        results=tuple(results),
        document=live.api.source if live.api is not None else "",
        title=live.api.title if live.api is not None else "",
        operations=sum(each.declared for each in live.api.operations) if live.api is not None else 0,
        answered=survey.answered,
        tried=survey.tried,
        identities=tuple(live.identities),
        budget=budget,
        used=live.budget.used,
        excluded=tuple(Excluded(operation=each.key, reason=why) for each, why in live.excluded),
        notes=tuple(live.shower.scrub(each) for each in survey.notes),
        unauthenticated=survey.unauthenticated,
        interrupted=run.stop.is_set(),
        profile=config.profile,
        options=_options(only, skip, intrusive=intrusive),
        known=known(live, run.things),
    )


def _options(only: Collection[str] | None, skip: Collection[str], *, intrusive: bool) -> tuple[str, ...]:
    found = ["intrusive probes too"] if intrusive else []
    found += [f"only {', '.join(only)}"] if only is not None else []
    found += [f"without {', '.join(skip)}"] if skip else []
    return tuple(found)


def _document(api: str | os.PathLike[str] | Api | None, config: Config) -> str | os.PathLike[str] | Api | None:
    if api is not None or config.api is None or "://" in config.api or not config.file:
        return api if api is not None else config.api
    return Path(config.file).parent / config.api


class _Run:
    """One audit under way."""

    def __init__(
        self,
        live: Live,
        config: Config,
        *,
        kinds: frozenset[Kind],
        progress: Callable[[Progress], None],
        stop: asyncio.Event,
        concurrency: int,
    ) -> None:
        self.live = live
        self.config = config
        self.stop = stop
        self.survey = Survey(live, self._say)
        self._kinds = kinds
        self._progress = progress
        self._together = asyncio.Semaphore(concurrency)
        self._done = self._total = 0
        self.things: tuple[Thing, ...] = ()

    async def ask(self, ids: Sequence[str]) -> list[Result]:
        """Ask every control; in the catalogue's order whatever the order of asking."""
        todo = [each for each in ids if self._asks_live(each)]
        self.live.budget.expect(todo)
        together = [each for each in ids if each not in ALONE and catalogue.control(each).probe is not Probe.INTRUSIVE]
        rest = [each for each in ids if each not in together and each not in ALONE]
        rest += [each for each in ALONE if each in ids]
        self._total = len(ids)
        results: dict[str, Result] = {}

        async def one(control_id: str) -> None:
            async with self._together:
                results[control_id] = await self._result(control_id)
                self.live.budget.done(control_id)
                self._done += 1
                self._say(control_id)

        async def all_of_them() -> None:
            await asyncio.gather(*(one(each) for each in together))
            for each in rest:
                await one(each)

        await self.unless_stopped(all_of_them())
        return [results.get(each) or self._made(each, [unknown(INTERRUPTED)]) for each in ids]

    async def close(self) -> None:
        """Remember who owns what, then remove what was made."""
        http = LiveHttp(self.live, SURVEYOR)
        with contextlib.suppress(Unanswerable):
            self.things = tuple(await http.things())
        for owner in (self.live.objects, self.live.accounts):
            with contextlib.suppress(Unanswerable):
                await owner.close(http)

    async def unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Await until it is done or the operator has had enough."""
        task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
            stopped.cancel()
            await asyncio.wait({task, stopped})
        if not task.cancelled():
            task.result()  # raises what it raised

    def _asks_live(self, control_id: str) -> bool:
        control = catalogue.control(control_id)
        return Kind.LIVE in control.audits and Kind.LIVE in self._kinds and self._may(control)

    def _may(self, control: Control) -> bool:
        return control.probe is not Probe.INTRUSIVE or self.live.intrusive

    async def _result(self, control_id: str) -> Result:
        reason = self.config.off.get(control_id)
        if reason is not None:
            return self._made(control_id, [Finding(outcome=Outcome.WAIVED, why=reason)])
        control = catalogue.control(control_id)
        findings = []
        for kind in Kind:
            check = control.audits.get(kind)
            if check is None or kind not in self._kinds:
                continue
            evidence = self._evidence(kind, control_id)
            if kind is Kind.LIVE and not self._may(control):
                finding = unknown("not asked: the probe is intrusive (--intrusive)")
            elif evidence is None:
                finding = unknown(
                    "there is no document to read" if kind is Kind.SPEC else f"no {kind} evidence was given"
                )
            else:
                finding = await _answer(check, evidence)
            findings.append(dataclasses.replace(finding, kind=kind))
        return self._made(control_id, findings or [self._silent(control)])

    def _evidence(self, kind: Kind, control_id: str) -> LiveHttp | Spec | None:
        if kind is Kind.LIVE:
            return LiveHttp(self.live, control_id)
        return self.survey.spec if kind is Kind.SPEC else None

    def _silent(self, control: Control) -> Finding:
        return attest(control.attest) if control.by_attestation else unknown("no check yet")

    def _made(self, control_id: str, findings: Iterable[Finding]) -> Result:
        control, page = catalogue.control(control_id), catalogue.page(control_id)
        decided = decide(self._clean(each) for each in findings)
        first = decided[0]
        return Result(
            id=control_id,
            section=catalogue.SECTIONS[control_id.partition(".")[0]],
            rule=page.rule,
            severity=first.severity or control.severity,
            outcome=first.outcome,
            why=first.why,
            findings=decided,
            background=page.why,
            fix=page.fix,
            question=control.attest,
            guarded=control.guard is not None,
            maps=control.maps,
            requests=self.live.budget.spent[control_id],
        )

    def _clean(self, finding: Finding) -> Finding:
        """Checks quote replies: nothing of the operator's secrets and no control character goes further than here."""
        scrub = self.live.shower.scrub
        evidence = tuple(
            dataclasses.replace(
                each,
                what=scrub(each.what),
                where=scrub(each.where),
                request=scrub(each.request),
                reply=scrub(each.reply),
                curl=scrub(each.curl),
            )
            for each in finding.evidence
        )
        return dataclasses.replace(finding, why=scrub(finding.why), evidence=evidence)

    def _say(self, doing: str) -> None:
        self._progress(Progress(self._done, self._total, doing, self.live.budget.used))


async def _answer(check: Any, evidence: LiveHttp | Spec) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            finding = await check(evidence)
    except Unanswerable as error:
        return unknown(str(error))
    except TimeoutError:
        return unknown(f"the check took more than {CHECK_SECONDS:g} s")
    except Exception as error:  # a broken check is never a pass
        logger.debug("check %s crashed", getattr(check, "__module__", check), exc_info=True)
        return unknown(f"the check crashed: {type(error).__name__}")
    if not isinstance(finding, Finding):
        return unknown(f"the check answered with a {type(finding).__name__}")
    return finding


def _curl_options(cacert: str | None, resolve: Sequence[str]) -> list[str]:

    options = ["--cacert", shlex.quote(cacert)] if cacert else []
    return options + [word for each in resolve for word in ("--resolve", shlex.quote(each))]
