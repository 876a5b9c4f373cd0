"""Every suite that a port agrees to is judged, and so are its groups, its compression and its certificates' keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Secured
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.tls.certificates import certificate
from ostiary.parts.tls.hello import VERSIONS
from ostiary.parts.tls.suites import BROKEN, SUITES, WEAK, called

_SMALLEST_PRIME: Final = 2048  # bits (RFC 9325 section 4.2)
_WORSE: Final = frozenset({"anonymous", "null", "export", "RC4", "DES"})
_SHOWN: Final = 4  # suites of a kind


async def audit_host(machine: Machine) -> Finding:
    """All suites of all versions, of every port that speaks TLS."""
    asked = await machine.secured()
    seen = [each for each in asked if each.suites]
    choosy = [each for each in asked if not each.suites and each.refused]
    if not seen and choosy:
        return unknown(f"{choosy[0].where} speaks TLS and agreed to nothing: it may want to be called by its name")
    if not seen:
        return not_applicable(
            "no port that listens here speaks TLS" if machine.local else f"port {machine.port} does not speak TLS"
        )
    faulty = {each: dict(_faults(each)) for each in seen}
    faulty = {each: faults for each, faults in faulty.items() if faults}
    if not faulty:
        count = sum(len(suites) for each in seen for suites in each.suites.values())
        shown = [Evidence(what=_agreed(each), where=each.where) for each in seen[:4]]
        return passed(
            f"all {count} suites agreed to have forward secrecy and authenticated encryption, and keys are strong",
            *shown,
        )
    kinds = sorted({kind for faults in faulty.values() for kind in faults})
    near = machine.local and all(each.loopback for each in faulty)
    worse = Severity.HIGH if _WORSE & set(kinds) else None
    where, first = next((each.where, faults) for each, faults in faulty.items())
    return failed(
        f"{where} agrees to {'; '.join(_shortly(*each) for each in first.items())}"
        + (f" (and {len(faulty) - 1} more ports agree to such)" if len(faulty) > 1 else ""),
        *[
            Evidence(what=f"{each.where} agrees to {words}", where=each.where)
            for each, faults in faulty.items()
            for words in faults.values()
        ][:4],
        severity=Severity.LOW if near else worse,
        proof="each suite was chosen by the server from an offer, and taken out of the next one until none was left",
        places=tuple(each.where for each in faulty),
        facts={"kinds": kinds},
        confidence=Confidence.CERTAIN,
    )


def _faults(seen: Secured) -> Iterator[tuple[str, str]]:
    chosen = sorted({code for suites in seen.suites.values() for code in suites})
    for kind in (*BROKEN, *WEAK):
        named = [called(code) for code in chosen if code in SUITES and SUITES[code].fault == kind]
        if named:
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            yield kind, f"suites {kind} ({', '.join(named[:_SHOWN])}{more})"
    if seen.compressed:
        yield "compression", "compression, which gives secrets away by their length"
    if 0 < seen.prime < _SMALLEST_PRIME:
        yield "group", f"a Diffie-Hellman group of {seen.prime} bits"
    for at, der in enumerate(seen.chain, 1):
        read = certificate(der)
        if read is not None and read.fault:
            yield f"certificate {at}", f"certificate {at} of the chain with {read.fault}"


def _shortly(kind: str, words: str) -> str:
    return f"suites {kind}" if kind in {*BROKEN, *WEAK} else words


def _agreed(seen: Secured) -> str:
    return f"{seen.where}: " + "; ".join(
        f"{VERSIONS[version]} with {', '.join(called(each) for each in suites[:6])}"
        for version, suites in sorted(seen.suites.items())
    )
