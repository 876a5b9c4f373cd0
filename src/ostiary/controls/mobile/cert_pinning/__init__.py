"""The app trusts only the expected keys of its own servers and can rotate them without an outage.

Why
    On a hostile network or device, a mis-issued or user-installed certificate authority lets an attacker read and
    change all app traffic.

Fix
    Never disable certificate checks in a release build. Pin public keys of your own hosts only, with at least one
    backup key: ``<pin-set expiration=...>`` in the Android network security config, ``NSPinnedDomains`` in the iOS
    ``Info.plist``, or OkHttp ``CertificatePinner``. Write down how pins are rotated before a server key changes. If
    you decide not to pin, record the decision and its reason.

Traps
    - Pinning third-party hosts you do not control causes outages.
    - Debug overrides are fine only in debug builds.
    - Pins on leaf certificates break at renewal: prefer key or intermediate.
"""

from __future__ import annotations

import re
from typing import Final

from ostiary.controls.mobile.cert_pinning.mobile import audit_mobile
from ostiary.controls.mobile.cert_pinning.source import audit_source
from ostiary.evidence import Http
from ostiary.model import Control, Evidence, Finding, Kind, Maps, Probe, Severity, attest, failed, passed, unknown
from ostiary.parts.seen import hellos
from ostiary.parts.tls import certificates, suites

_DECLARED: Final = re.compile(r'pin-sha256="([A-Za-z0-9+/]{43}=)"')  # RFC 7469 section 2.1.1


async def audit_live(http: Http) -> Finding:
    """Compare pins that replies declare with the chain that is served; an app's own pins only its makers can compare."""
    if http.scheme == "http":
        return attest(control.attest)
    declared = {
        pin
        for answer in await http.samples()
        for value in answer.all("public-key-pins")
        for pin in _DECLARED.findall(value)
    }
    chain = (await hellos.greet(http, hellos.TLS12, suites.OLD)).chain or (http.certificate,)
    read = [certificates.certificate(der) for der in chain if der]
    served = {each.pin for each in read if each is not None}
    if not served:
        return unknown("the certificate that is served could not be read")
    shown = Evidence(what=f"keys served: {', '.join(f'sha256/{each}' for each in sorted(served))}", where=http.base)
    if not declared:
        return attest(f"{control.attest} The server shows {', '.join(f'sha256/{each}' for each in sorted(served))}.")
    if not declared & served:
        return failed(
            "the pins that are declared fit no key of the chain that is served",
            shown,
            proof=f"{len(declared)} pins were declared and compared with {len(served)} keys",
        )
    if not declared - served:
        return failed("the pins that are declared hold no spare key: the next renewal locks everybody out", shown)
    return passed("declared pins fit the chain that is served, and one more is kept in reserve", shown)


control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Does the mobile app pin its server keys, or was pinning rejected on purpose (attach the pin list and "
        "rotation plan, or the dated decision record)?"
    ),
    reach="cannot: the app decides whom it trusts",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.3.2",),
        cwe=(295,),
        standards=("OWASP MASVS-NETWORK-2", "MASTG-TEST-0242, 0243", "RFC 7469 (HPKP, abandoned by browsers)"),
    ),
)
