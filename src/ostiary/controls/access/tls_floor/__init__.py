"""The server offers TLS 1.3 and TLS 1.2 and nothing older.

Why
    SSL 3, TLS 1.0 and TLS 1.1 allow downgrade and known cryptographic attacks. An attacker on the path can use them
    to recover traffic.

Fix
    Set ``ssl_protocols TLSv1.2 TLSv1.3;`` in nginx, ``SSLProtocol -all +TLSv1.2 +TLSv1.3`` in Apache, or
    ``ssl-min-ver TLSv1.2`` in HAProxy. On a cloud load balancer choose a security policy that allows only TLS 1.2
    and 1.3. In code set the minimum, for example Python ``ctx.minimum_version = ssl.TLSVersion.TLSv1_2`` or Node
    ``minVersion: 'TLSv1.2'``. Apply it to every listener and the default host.

Traps
    - The auditor's OpenSSL may refuse to offer old versions, so a failed handshake proves nothing: craft the hello
      or mark inconclusive.
    - Different addresses or SNI names behind one host may differ.
    - 1.2-only is a pass with a note, 1.3-only is a pass.
"""

from __future__ import annotations

from typing import Final

from ostiary.controls.access.tls_floor.host import audit_host
from ostiary.controls.access.tls_floor.mobile import audit_mobile
from ostiary.controls.access.tls_floor.pipeline import audit_ci
from ostiary.controls.access.tls_floor.source import audit_source
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
from ostiary.parts.tls import suites

_OLD: Final = (hellos.SSL3, hellos.TLS10, hellos.TLS11)


async def audit_live(http: Http) -> Finding:
    """One greeting a version, with and without the host's name; at most twenty connections."""
    if http.scheme == "http":
        return not_applicable("the target is http: there is no TLS to look at")
    newest = await hellos.greet(http, hellos.TLS13, suites.NEWEST)
    usual = await hellos.greet(http, hellos.TLS12, suites.OLD)
    served = [each.version for each in (newest, usual) if each.version in {hellos.TLS12, hellos.TLS13}]
    old = {
        hellos.VERSIONS[version]: name
        for name in (True, False)
        for version in _OLD
        if (await hellos.greet(http, version, suites.OLD, name=name)).version == version
    }
    if old:
        return _failed(http, old, served)
    if not served:
        return unknown("no version was agreed to, not even the newest: nothing tells what old ones would get")
    shown = Evidence(what="agreed to " + " and ".join(hellos.VERSIONS[each] for each in served), where=http.base)
    note = "" if hellos.TLS13 in served else "; TLS 1.3 is not offered"
    return passed(f"SSL 3.0, TLS 1.0 and TLS 1.1 are refused{note}", shown)


def _failed(http: Http, old: dict[str, bool], served: list[int]) -> Finding:
    names = sorted(old)
    told = ", ".join(hellos.VERSIONS[each] for each in served) or "nothing newer"
    return failed(
        f"a handshake begins in {' and '.join(names)}",
        *[
            Evidence(what=f"agreed to {each}" + ("" if old[each] else ", where no host is named"), where=http.base)
            for each in names
        ],
        proof=f"a greeting that offers nothing above {names[-1]} was answered with a ServerHello; beside it {told} is served",
        facts={"versions": names},
        confidence=Confidence.CERTAIN,
    )


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={
        Kind.LIVE: audit_live,
        Kind.HOST: audit_host,
        Kind.MOBILE: audit_mobile,
        Kind.SOURCE: audit_source,
        Kind.CI: audit_ci,
    },
    attest=(
        "Which TLS policy does the managed load balancer or CDN apply (attach the policy name and its list of "
        "protocol versions)?"
    ),
    reach="in part: where it ends TLS itself; a load balancer in front has its own versions",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.1.1",),
        cwe=(757, 327),
        standards=("BCP 195: RFC 8996, RFC 9325, RFC 9852", "RFC 9846 (TLS 1.3, obsoletes 8446)", "NIST SP 800-52r2"),
    ),
)
