"""Replies must not tell who has an account: that is asked together with whether statuses say what happened."""

from __future__ import annotations

from ostiary.controls.output.status_codes.live import audit_live as audit_statuses
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Confidence, Finding, Outcome, Severity, failed, passed
from ostiary.parts.seen import whois
from ostiary.parts.seen.whois import Told

_MOST_SHOWN = 4


async def audit_live(http: Http) -> Finding:
    """Compare statuses with what happened, and a known account with two unknown ones (bounds: `whois`)."""
    statuses = await audit_statuses(http)
    try:
        seen = await whois.asked(http)
    except Unanswerable:  # nobody registers: then no account may be named either
        return statuses
    if seen.told:
        return _failed(seen.told, statuses)
    if statuses.outcome is not Outcome.PASS or not seen.alike:
        return statuses
    where, answer = seen.alike[0]
    more = f"; {len(seen.alike)} operations answer known and unknown accounts alike"
    return passed(statuses.why + more, *statuses.evidence[:2], http.show(answer, f"{where}: as for a known name"))


def _failed(told: list[Told], statuses: Finding) -> Finding:
    """One finding of both; sign-up alone is graded low: what it tells can be asked only once for each address."""
    told.sort(key=lambda each: each.role == "register")
    severity = Severity.LOW if told[0].role == "register" else Severity.MEDIUM
    also = statuses.outcome is Outcome.FAIL
    worse = also and (statuses.severity or Severity.MEDIUM).rank > severity.rank
    why = told[0].what + (f" ({len(told)} operations)" if len(told) > 1 else "")
    own = [shown for each in told for shown in each.evidence]
    evidence = (own[: _MOST_SHOWN - 1] + list(statuses.evidence))[:_MOST_SHOWN] if also else own[:_MOST_SHOWN]
    return failed(
        f"{statuses.why}; also: {why}" if worse else f"{why}; also: {statuses.why}" if also else why,
        *evidence,
        severity=statuses.severity if worse else severity,
        confidence=Confidence.FIRM if all(each.by == "time" for each in told) else Confidence.CERTAIN,
        proof=told[0].proof if not worse else statuses.proof or told[0].proof,
        places=tuple(dict.fromkeys([each.operation for each in told] + list(statuses.places))),
        facts={
            **statuses.facts,
            "enumeration": [{"operation": each.operation, "role": each.role, "by": each.by} for each in told],
        },
    )
