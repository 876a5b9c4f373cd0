"""TLS uses only forward-secret, authenticated cipher suites and strong certificate keys.

Why
    Null, export, RC4, 3DES, CBC or static-RSA suites let someone on the path decrypt or change traffic although TLS
    is on.

Fix
    Allow only ECDHE with AEAD: ``ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`` in nginx, the same string in Apache
    ``SSLCipherSuite``, or a forward-secrecy policy on a cloud load balancer. Use a P-256 or at least 2048-bit RSA
    certificate signed with SHA-256. Turn off TLS compression and insecure renegotiation. Check with ``testssl.sh``
    or ``sslscan``.

Traps
    - TLS 1.3 suites are all acceptable: do not grade their order.
    - ECDHE with CBC-SHA2 on 1.2 is weak but not broken: medium, not critical.
    - Legacy suites offered only to old clients still count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ostiary.controls.access.tls_ciphers.host import audit_host
from ostiary.controls.access.tls_ciphers.source import audit_source
from ostiary.evidence import Http
from ostiary.model import (
    Confidence,
    Control,
    Evidence,
    Finding,
    Kind,
    Maps,
    Probe,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import hellos
from ostiary.parts.seen.hellos import Greeting
from ostiary.parts.tls import certificates, suites

_LARGEST_FOUND: Final = 2  # suites of each group; each costs a connection
_SMALLEST_PRIME: Final = 2048  # bits (RFC 9325 section 4.2)
_WORSE: Final = frozenset({"anonymous", "null", "export", "RC4", "DES"})


async def audit_live(http: Http) -> Finding:
    """Offer one kind of bad suite at a time, then look at the certificates; at most twenty connections."""
    if http.scheme == "http":
        return not_applicable("the target is http: there is no TLS to look at")
    newest = await hellos.greet(http, hellos.TLS13, suites.NEWEST)
    usual = await hellos.greet(http, hellos.TLS12, suites.OLD)
    if not newest.version and not usual.version:
        return unknown("no suite was agreed to, not even a good one: nothing tells what bad ones would get")
    found = {name: await _taken(http, suites.of_fault(name)) for name in (*suites.BROKEN, *suites.WEAK)}
    faults = {
        f"suites {name} ({', '.join(suites.called(each) for each in taken)})": name
        for name, taken in found.items()
        if taken
    }
    faults |= dict.fromkeys(await _strength(http, usual), "strength")
    if faults:
        return _failed(http, faults)
    versions = [hellos.VERSIONS[each.version] for each in (newest, usual) if each.version]
    shown = Evidence(what=f"{' and '.join(versions)} with suites that are neither broken nor weak", where=http.base)
    return passed("every suite agreed to has forward secrecy and authenticated encryption, and keys are strong", shown)


async def _taken(http: Http, group: Sequence[int]) -> list[int]:
    """The suites of a group that the server agrees to, the first few."""
    found: list[int] = []
    while len(found) < _LARGEST_FOUND:
        left = [each for each in group if each not in found]
        answer = await hellos.greet(http, hellos.TLS12, left)
        if not answer.version or answer.suite not in left:
            break
        found.append(answer.suite)
    return found


async def _strength(http: Http, usual: Greeting) -> list[str]:
    faults = ["compression"] if usual.compressed else []
    prime = usual.prime or (await hellos.greet(http, hellos.TLS12, suites.FINITE)).prime
    faults += [f"a Diffie-Hellman group of {prime} bits"] if 0 < prime < _SMALLEST_PRIME else []
    for at, der in enumerate(usual.chain or ((http.certificate,) if http.certificate else ())):
        read = certificates.certificate(der)
        if read is not None and read.fault:
            faults.append(f"certificate {at + 1} of the chain has {read.fault}")
    return faults


def _failed(http: Http, faults: dict[str, str]) -> Finding:
    worse = any(each in _WORSE for each in faults.values())
    return failed(
        f"TLS with {'; '.join(faults)}",
        *[Evidence(what=f"agreed to {each}", where=http.base) for each in list(faults)[:4]],
        severity=Severity.HIGH if worse else None,
        proof="greetings that offer nothing else but one kind of suite were answered with a ServerHello that chose one",
        facts={"kinds": sorted(set(faults.values()))},
        confidence=Confidence.CERTAIN,
    )


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host, Kind.SOURCE: audit_source},
    attest="Which cipher suites and certificate key does the managed edge use (attach the policy or a scan report)?",
    reach="in part: where it ends TLS itself; a load balancer in front has its own suites",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.1.2", "12.1.4", "11.2.3"),
        cwe=(326, 327),
        standards=("RFC 9325 §4", "NIST SP 800-52r2"),
    ),
)
