"""Certificates of ports that speak TLS are judged by time, name and who signed; what speaks HTTP in clear text is named."""

from __future__ import annotations

import datetime as dt

from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Secured
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.tls.chain import Judged, judged

_REDIRECTS = 80  # the port where answers in clear text may do nothing but lead away


async def audit_host(machine: Machine) -> Finding:
    """A certificate that no client should take is a fault; HTTP in clear text is one only where its traffic is seen."""
    asked = await machine.secured()
    seen = [(each, _judged(each, machine)) for each in asked if each.suites]
    faulty = [(each, verdict) for each, verdict in seen if verdict.fault]
    if faulty:
        return _failed(faulty)
    clear = [each for each in asked if each.clear.startswith("HTTP/")]
    wide = [each for each in clear if not each.loopback and (each.port != _REDIRECTS or not machine.local)]
    if wide:
        first = wide[0]
        return unknown(
            f"{first.where} speaks HTTP without TLS: whether that is all callers get, an audit of http://{first.where} tells",
            *[
                Evidence(what=f"{each.where} answers a greeting in TLS with {each.clear!r}", where=each.where)
                for each in wide[:4]
            ],
        )
    doubtful = [(each, verdict) for each, verdict in seen if verdict.doubt]
    if doubtful:
        each, verdict = doubtful[0]
        return unknown(f"{each.where}: {verdict.doubt}", Evidence(what=_told(verdict), where=each.where))
    if seen:
        notes = "; ".join(note for _, verdict in seen for note in verdict.notes)
        shown = [Evidence(what=_told(verdict), where=each.where) for each, verdict in seen[:4]]
        return passed(f"certificates on {len(seen)} ports hold" + (f"; {notes}" if notes else ""), *shown)
    choosy = [each for each in asked if not each.suites and each.refused]
    if choosy:
        return unknown(f"{choosy[0].where} speaks TLS and agreed to nothing: it may want to be called by its name")
    if clear:
        return not_applicable("HTTP without TLS is spoken on loopback alone: no network is crossed")
    return not_applicable(
        "no port that listens here speaks HTTP or TLS"
        if machine.local
        else f"port {machine.port} speaks neither HTTP nor TLS"
    )


def _judged(seen: Secured, machine: Machine) -> Judged:
    distrust = seen.distrust
    if machine.local and seen.loopback:
        distrust = ""  # who reaches only itself decides itself whom to trust
    now = seen.at or dt.datetime.now(dt.UTC)
    return judged(seen.chain, host=seen.host, distrust=distrust, now=now)


def _failed(faulty: list[tuple[Secured, Judged]]) -> Finding:
    each, verdict = faulty[0]
    near = all(one.loopback for one, _ in faulty)
    return failed(
        f"{each.where}: {verdict.fault}",
        *[
            Evidence(what=f"{one.where}: {found.fault}", where=one.where, extract=_told(found))
            for one, found in faulty[:4]
        ],
        severity=Severity.MEDIUM if near else Severity.HIGH,
        proof="the certificate was shown to a usual client and read",
        places=tuple(one.where for one, _ in faulty),
        confidence=Confidence.CERTAIN,
    )


def _told(verdict: Judged) -> str:
    leaf = verdict.leaf
    if leaf is None:
        return "no certificate that could be read"
    ends = f"{leaf.ends:%Y-%m-%d}" if leaf.ends else "nobody knows when"
    return f"certificate of {leaf.subject or 'nobody named'} by {leaf.issuer or 'nobody named'}, until {ends}, {leaf.kind} {leaf.bits} bits"
