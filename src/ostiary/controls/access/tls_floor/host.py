"""Every port that speaks TLS is greeted in each version alone, the old ones by hand."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Secured
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.tls.hello import SSL3, TLS10, TLS11, TLS13, VERSIONS

_OLD: Final = (SSL3, TLS10, TLS11)


async def audit_host(machine: Machine) -> Finding:
    """No port may agree to anything below TLS 1.2."""
    asked = await machine.secured()
    seen = [each for each in asked if each.suites]
    choosy = [each for each in asked if not each.suites and each.refused]
    if not seen and choosy:
        return unknown(f"{choosy[0].where} speaks TLS and agreed to nothing: it may want to be called by its name")
    if not seen:
        return not_applicable(
            "no port that listens here speaks TLS" if machine.local else f"port {machine.port} does not speak TLS"
        )
    faulty = {each: old for each in seen if (old := [v for v in _OLD if v in each.suites or v in each.nameless])}
    if faulty:
        return _failed(machine, faulty)
    silent = {each.where: [v for v in _OLD if v not in each.refused] for each in seen}
    silent = {where: versions for where, versions in silent.items() if versions}
    if silent:
        where, versions = next(iter(silent.items()))
        return unknown(f"{where} neither agreed to nor refused {VERSIONS[versions[0]]}: it stayed silent")
    shown = [_shown(each, f"{each.where} agrees to {_versions(each)} alone") for each in seen[:4]]
    older = [each.where for each in seen if TLS13 not in each.suites]
    note = f"; {older[0]} does not offer TLS 1.3" if older else ""
    return passed(f"SSL 3.0, TLS 1.0 and TLS 1.1 are refused on {_ports(len(seen))}{note}", *shown)


def _failed(machine: Machine, faulty: dict[Secured, list[int]]) -> Finding:
    names = sorted({VERSIONS[v] for versions in faulty.values() for v in versions})
    evidence = [
        _shown(
            each,
            f"{each.where} agrees to {' and '.join(VERSIONS[v] for v in versions)}"
            + (", where no host is named" if all(v in each.nameless for v in versions) else "")
            + f"; in all to {_versions(each)}",
        )
        for each, versions in faulty.items()
    ]
    near = machine.local and all(each.loopback for each in faulty)
    return failed(
        f"a handshake begins in {' and '.join(names)}",
        *evidence[:4],
        severity=Severity.LOW if near else None,  # nobody is between this machine and itself
        proof="a greeting that offers nothing above that version was answered with a ServerHello",
        places=tuple(each.where for each in faulty),
        facts={"versions": names},
        confidence=Confidence.CERTAIN,
    )


def _shown(each: Secured, what: str) -> Evidence:
    return Evidence(what=what + (f" ({each.process})" if each.process else ""), where=each.where)


def _versions(each: Secured) -> str:
    return ", ".join(VERSIONS[version] for version in sorted(each.suites))


def _ports(count: int) -> str:
    return "the port that speaks TLS" if count == 1 else f"all {count} ports that speak TLS"
