"""Every control is asked, stage after stage, and gets exactly one answer whatever its check does."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ostiary import catalogue
from ostiary.audit import stages
from ostiary.audit.answering import WIRE, answered, result_of, scrubbed, unasked
from ostiary.audit.confirm import confirmed
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.journal import Done
from ostiary.audit.operations import Finder
from ostiary.audit.result import INTERRUPTED, UNAUTHENTICATED, Result
from ostiary.audit.stages import Stage
from ostiary.audit.survey import SURVEYOR, Survey
from ostiary.config import Config
from ostiary.errors import Unanswerable
from ostiary.evidence import Thing
from ostiary.model import Control, Finding, Kind, Outcome, Probe, unknown

logger = logging.getLogger(__name__)

CLOSING_SECONDS: Final = 15.0  # for removing objects, and again for removing accounts
_DECIDED: Final = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})


class Progress(NamedTuple):
    """How far an audit is; ``total`` is 0 until the checks begin."""

    done: int
    total: int
    doing: str
    requests: int
    findings: int = 0


class Asking:
    """One audit under way.

    :param done: what an earlier run that was ended found out; these controls are not asked again.
    :param keep: called with each result as it comes.
    """

    def __init__(
        self,
        live: Live,
        config: Config,
        *,
        kinds: frozenset[Kind],
        progress: Callable[[Progress], None],
        stop: asyncio.Event,
        concurrency: int,
        done: Mapping[str, Done] | None = None,
        keep: Callable[[Result], None] | None = None,
    ) -> None:
        self.live = live
        self.config = config
        self.stop = stop
        self.survey = Survey(live, self._say)
        self.things: tuple[Thing, ...] = ()
        self._kinds = kinds
        self._progress = progress
        self._concurrency = concurrency
        self._done = dict(done or {})
        self._results: dict[str, Result] = {}
        self._decided: dict[str, float] = {}  # monotonic: when
        self._keep = keep or (lambda _: None)
        self._finder = Finder(None)
        self._modelled = False  # whether somebody asked for objects
        self._total = self._findings = 0

    async def ask(self, ids: Sequence[str]) -> list[Result]:
        """Ask every control; results are in the order of `ids` whatever the order of asking."""
        self._total = len(ids)
        self._finder = Finder(self.live.api)
        for each, found in self._done.items():
            self.live.budget.spent[each] += found.requests
            self._results[each] = self._made(each, found.findings)
        todo = [each for each in ids if each not in self._results]
        await self.unless_stopped(self._stages(todo))
        for each in todo if self.live.wire.health.lost else ():
            self._doubt(each)
        return [self._results.get(each) or self._made(each, [unknown(INTERRUPTED)]) for each in ids]

    def _doubt(self, control_id: str) -> None:
        """Take back what was decided while the target was lost already: silence and bans refuse nothing."""
        result, health = self._results.get(control_id), self.live.wire.health
        if result is None or self._decided.get(control_id, 0.0) < health.since:
            return
        findings = [
            dataclasses.replace(unknown(f"{health.lost}; so far: {each.why}", *each.evidence), kind=each.kind)
            if each.kind is Kind.LIVE and each.outcome in _DECIDED
            else each
            for each in result.findings
        ]
        self._results[control_id] = self._made(control_id, findings)

    def silenced(self, ids: Sequence[str]) -> list[Result]:
        """No check is asked: refusals of credentials that do not work would read as an API that refuses."""
        return [self._made(each, [unknown(UNAUTHENTICATED)]) for each in ids]

    async def remember(self) -> None:
        """Keep who owns what, for whoever writes the policy."""
        if self._modelled and not self.stop.is_set():
            with contextlib.suppress(Unanswerable, TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    self.things = tuple(await LiveHttp(self.live, SURVEYOR).things())

    async def close(self) -> None:
        """Remember who owns what, then remove what was made; never raises what the target does."""
        http = LiveHttp(self.live, SURVEYOR)
        self.live.budget.clean()
        await self.remember()
        for owner in (self.live.objects, self.live.accounts):
            with contextlib.suppress(Unanswerable, TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
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

    async def _stages(self, ids: Sequence[str]) -> None:
        budget, operations = self.live.budget, len(self.live.operations)
        for stage, here in stages.staged(ids, tight=budget.tight):
            asks = [each for each in here if self._asks_live(each)]
            if stage.name == "authorization" and asks:
                await self._owned()
            if stage.name == "protocol" and self._modelled:
                await self._offer()
            steps = [stages.step_of(each) for each in asks]
            limits = {step.id: step.fixed + step.each * operations for step in steps}
            budget.enter(asks, share=stage.share, limits=limits)
            self.live.pace.measures(on=stage.measures)
            await self._stage(stage, here)

    async def _owned(self) -> None:
        """Objects are made by nobody's check, so that none pays for what all of them use."""
        self._modelled = True
        self.live.budget.enter([SURVEYOR], share=stages.SESSION.share)
        with contextlib.suppress(Unanswerable):
            await LiveHttp(self.live, SURVEYOR).things()

    async def _offer(self) -> None:
        """From now on checks write to what was made here, once nobody compares who may any more."""
        with contextlib.suppress(Unanswerable):
            self.live.objects.offer(await LiveHttp(self.live, SURVEYOR).things())

    async def _stage(self, stage: Stage, ids: Sequence[str]) -> None:
        """Side by side what may be; where requests are scarce, who gets them must not be a matter of luck."""
        alone = stage.alone or self.live.budget.tight
        later = [each for each in ids if alone or catalogue.control(each).probe is Probe.INTRUSIVE]
        together = asyncio.Semaphore(self._concurrency)

        async def one(control_id: str) -> None:
            async with together:
                await self._one(control_id)

        await asyncio.gather(*(one(each) for each in ids if each not in later))
        for each in later:
            await self._one(each)

    async def _one(self, control_id: str) -> None:
        self._say(control_id)
        result = await self._result(control_id)
        self._results[control_id] = result
        self._decided[control_id] = time.monotonic()
        self._findings += result.outcome is Outcome.FAIL
        self.live.budget.done(control_id)
        self._keep(result)
        self._say(control_id)

    def _asks_live(self, control_id: str) -> bool:
        control = catalogue.control(control_id)
        off = control_id in self.config.off
        return not off and Kind.LIVE in control.audits and Kind.LIVE in self._kinds and self._may(control)

    def _may(self, control: Control) -> bool:
        return control.probe is not Probe.INTRUSIVE or self.live.intrusive

    async def _result(self, control_id: str) -> Result:
        reason = self.config.off.get(control_id)
        if reason is not None:
            return self._made(control_id, [Finding(outcome=Outcome.WAIVED, why=reason)])
        control = catalogue.control(control_id)
        findings = []
        for kind in WIRE:
            check = control.audits.get(kind)
            if check is not None and kind in self._kinds:
                findings.append(await self._finding(kind, check, control_id))
        return self._made(control_id, findings or [unasked(control, self._kinds.intersection(WIRE))])

    async def _finding(self, kind: Kind, check: Any, control_id: str) -> Finding:
        if kind is not Kind.LIVE:
            evidence = self.survey.spec
            finding = unknown("there is no document to read") if evidence is None else await answered(check, evidence)
            return dataclasses.replace(finding, kind=kind)
        if stages.step_of(control_id).bursts and self.live.pace.rate:
            return dataclasses.replace(unknown("not asked: it needs bursts, and --rate forbids them"), kind=kind)
        if not self._may(catalogue.control(control_id)):
            return dataclasses.replace(unknown("not asked: the probe is intrusive (--intrusive)"), kind=kind)
        http = LiveHttp(self.live, control_id)
        finding = dataclasses.replace(await answered(check, http), kind=kind)
        if control_id in self.live.budget.starved and finding.outcome in _DECIDED:
            why = f"the budget ended before it was done (--budget); so far: {finding.why}"
            return dataclasses.replace(unknown(why, *finding.evidence), kind=kind)
        return await confirmed(finding, http)

    def _made(self, control_id: str, findings: Iterable[Finding]) -> Result:
        result = result_of(control_id, [self._clean(each) for each in findings])
        return dataclasses.replace(
            result,
            requests=self.live.budget.spent[control_id],
            stage=stages.stage_of(control_id, catalogue.control(control_id)).name,
            places=self._finder.places(result.findings[0]),
        )

    def _clean(self, finding: Finding) -> Finding:
        """Checks quote replies: nothing of the operator's secrets and no control character goes further than here."""
        return scrubbed(finding, lambda text: self.live.fields.said(self.live.shower.scrub(text)))

    def _say(self, doing: str) -> None:
        self._progress(Progress(len(self._results), self._total, doing, self.live.budget.used, self._findings))
