"""Routes can be published or withdrawn at run time, safely and only by authorized people.

Why
    If blocking an endpoint in an emergency needs a full redeploy, it comes too late. If the control plane is open,
    an attacker publishes routes.

Fix
    Keep routes and policies in version control, validate them in CI, and load them without a restart: ``nginx -t &&
    nginx -s reload``, Envoy xDS, Traefik dynamic files or Kubernetes Ingress objects. Keep the last good version
    when a new one is invalid. Bind the admin port to ``127.0.0.1`` (Kong ``admin_listen``) and require
    authentication. Log who changed what, and rehearse withdrawing a route.

Traps
    - Auto-reload development servers are not dynamic deployment: flag them as debug.
    - Public docs endpoints are not control planes.
    - A hot reload that drops connections is a reliability note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ostiary.controls.input.dynamic_deploy.pipeline import audit_ci
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest, failed, unknown

_PLACES: Final = (  # what a control plane tells whoever asks, by what only it would say
    ("/config/", re.compile(r'^\s*\{\s*"(?:admin|apps|logging|storage)"\s*:'), "Caddy"),
    ("/config_dump", re.compile(r'"configs"\s*:\s*\[[\s\S]{0,500}envoy'), "Envoy"),
    ("/api/rawdata", re.compile(r'"(?:routers|middlewares)"\s*:\s*\{[\s\S]*"services"\s*:'), "Traefik"),
    ("/apisix/admin/routes", re.compile(r'"/?(?:apisix/)?routes'), "APISIX"),
    ("/routes", re.compile(r'"data"\s*:\s*\[[\s\S]*"(?:strip_path|preserve_host)"'), "Kong"),
    ("/actuator/gateway/routes", re.compile(r'"route_id"\s*:'), "Spring Cloud Gateway"),
)


async def audit_live(http: Http) -> Finding:
    """Ask the usual places of control planes, as nobody; nothing is changed."""
    found: list[tuple[Answer, str]] = []
    asked = 0
    for path, sign, name in _PLACES:
        try:
            answer = await http.send("GET", path, identity="")
        except Unanswerable:
            continue
        asked += 1
        if answer.accepted and sign.search(answer.text[:100_000]):
            found.append((answer, name))
    if found:
        answer, name = found[0]
        return failed(
            f"the control plane of {name} answers anybody at {answer.asked.target}",
            *[http.show(each, f"what {which} tells its operators") for each, which in found[:4]],
            proof="without credentials, the reply has what only a gateway's own configuration has",
            places=tuple(f"GET {each.asked.target}" for each, _ in found),
        )
    if not asked:
        return unknown("nobody answered where control planes usually are")
    return attest(f"No control plane answers strangers at {asked} usual places. {control.attest}")


async def audit_spec(spec: Spec) -> Finding:
    """Say which version the document is of; which one runs, its deployment tells."""
    info = spec.document.get("info")
    version = info.get("version") if isinstance(info, Mapping) else None
    if not version:
        return unknown("the document has no version to compare with what is deployed")
    return attest(f"The document is of version {str(version)[:40]}: is that what runs? {control.attest}")


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.CI: audit_ci},
    attest=(
        "How are routes changed, withdrawn and rolled back, and who may do it (attach the procedure and a recent "
        "change record)?"
    ),
    reach="in part: an operator can close routes and open them again; who may deploy is yours",
    maps=Maps(
        owasp_api=("API9:2023",),
        asvs=("13.4.5", "8.4.2", "13.2.1"),
        cwe=(306, 749),
        standards=("OpenAPI 3.1", "NIST SP 800-204"),
    ),
)
