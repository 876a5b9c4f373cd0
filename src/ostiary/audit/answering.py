"""A check gives exactly one finding whatever it does, and a control's findings make one result."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from ostiary import catalogue
from ostiary.audit.baseline import fingerprint
from ostiary.audit.result import WRITTEN, Result, decide
from ostiary.errors import Unanswerable
from ostiary.model import Control, Finding, Kind, Outcome, Probe, attest, unknown

logger = logging.getLogger(__name__)

CHECK_SECONDS: Final = 180.0  # for one check, so that one that waits for ever ends as UNKNOWN
CRASHED: Final = "the check crashed"
WIRE: Final = (Kind.LIVE, Kind.SPEC)  # kinds of evidence that a URL gives
NEEDS: Final = {  # what to audit for a kind of evidence
    Kind.LIVE: "the API's URL",
    Kind.SPEC: "its document",
    Kind.SOURCE: "its source tree",
    Kind.HOST: "the machine (--host)",
    Kind.MOBILE: "the mobile package",
    Kind.CI: "its source tree with its pipelines",
}


async def answered(check: Callable[[Any], Any], evidence: object) -> Finding:
    """What a check says; a crash, silence or a question that cannot be answered is UNKNOWN."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            finding = await check(evidence)
    except Unanswerable as error:
        return unknown(str(error))
    except TimeoutError:
        return unknown(f"the check took more than {CHECK_SECONDS:g} s")
    except Exception as error:  # a broken check is never a pass
        logger.debug("check %s crashed", getattr(check, "__module__", check), exc_info=True)
        return unknown(f"{CRASHED}: {type(error).__name__}")
    if not isinstance(finding, Finding):
        return unknown(f"the check answered with a {type(finding).__name__}")
    return finding


def unasked(control: Control, kinds: Collection[Kind]) -> Finding:
    """What is said of a control that no evidence at hand tells of: the question for a person, or what to audit."""
    lookable = {*control.audits}
    if control.attest and control.probe is Probe.NONE and not lookable.intersection((*WIRE, *kinds)):
        return attest(control.attest)
    needed = [what for kind, what in NEEDS.items() if kind in lookable]
    return unknown(f"not asked: it shows in {' or '.join(dict.fromkeys(needed))}" if needed else "no check yet")


def result_of(control_id: str, findings: Iterable[Finding]) -> Result:
    """One control's result, from at least one finding."""
    control, page = catalogue.control(control_id), catalogue.page(control_id)
    decided = decide(findings)
    first = decided[0]
    failed = first.outcome is Outcome.FAIL
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
        closing=WRITTEN if failed and first.kind is Kind.SPEC else control.closing,
        maps=control.maps,
        places=first.places,
        fingerprint=fingerprint(control_id, first) if failed else "",
        latent=failed and first.kind not in WIRE and any(_holds_live(each) for each in decided),
    )


def _holds_live(finding: Finding) -> bool:
    return finding.kind is Kind.LIVE and finding.outcome is Outcome.PASS


def scrubbed(finding: Finding, scrub: Callable[[str], str]) -> Finding:
    """A finding whose texts went through `scrub`: nothing secret and no control character goes further."""
    evidence = tuple(
        dataclasses.replace(
            each,
            what=scrub(each.what),
            where=scrub(each.where),
            request=scrub(each.request),
            reply=scrub(each.reply),
            curl=scrub(each.curl),
            extract=scrub(each.extract),
        )
        for each in finding.evidence
    )
    places = tuple(scrub(each) for each in dict.fromkeys(finding.places))
    return dataclasses.replace(
        finding, why=scrub(finding.why), proof=scrub(finding.proof), places=places, evidence=evidence
    )
