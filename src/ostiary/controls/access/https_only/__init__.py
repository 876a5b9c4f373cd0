"""All API traffic, internal hops included, uses TLS and nothing answers in clear text.

Why
    Anyone on the network path can read or change clear-text traffic. They can steal tokens, alter requests and
    inject responses.

Fix
    Close port 80, or refuse API paths there with 403 and redirect only browser pages with 308. Install a
    certificate from a trusted CA with automatic renewal (certbot, cert-manager). Use TLS to databases and caches
    (``sslmode=verify-full``, ``rediss://``) and remove ``verify=False``, ``InsecureSkipVerify`` and
    ``rejectUnauthorized: false``. Revoke any credential that was sent over ``http``.

Traps
    - An http to https redirect on an API path still leaks the first request's token: report as finding, not pass.
    - ACME challenge paths legitimately answer on port 80.
    - A certificate error caused by the auditor's old trust store: compare with a fresh CA bundle.
"""

from __future__ import annotations

from ostiary.controls.access.https_only.guard import Settings, guard
from ostiary.controls.access.https_only.host import audit_host
from ostiary.controls.access.https_only.live import audit_live
from ostiary.controls.access.https_only.mobile import audit_mobile
from ostiary.controls.access.https_only.pipeline import audit_ci
from ostiary.controls.access.https_only.source import audit_source
from ostiary.controls.access.https_only.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={
        Kind.LIVE: audit_live,
        Kind.SPEC: audit_spec,
        Kind.HOST: audit_host,
        Kind.MOBILE: audit_mobile,
        Kind.SOURCE: audit_source,
        Kind.CI: audit_ci,
    },
    attest=(
        "Are all internal hops and partner links encrypted with TLS (attach a network diagram or the configuration "
        "of each link)?"
    ),
    reach="in part: it ends TLS and refuses clear text; hops behind it are yours",
    maps=Maps(
        owasp_api=("API8:2023", "API2:2023"),
        asvs=("12.2.1", "12.2.2", "12.3.1", "12.3.3", "4.1.2", "4.4.1"),
        cwe=(319, 295),
        standards=("RFC 9110 §4.2.2", "BCP 195", "RFC 9325", "RFC 9525"),
    ),
)
