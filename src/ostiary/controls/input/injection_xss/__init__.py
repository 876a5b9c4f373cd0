"""Text from users comes back as data and never runs as script in a browser.

Why
    Script reflected or stored in a response runs with the victim's session. It can steal tokens or act in the
    victim's name.

Fix
    Send data as ``Content-Type: application/json`` with ``X-Content-Type-Options: nosniff`` and
    ``Content-Security-Policy: default-src 'none'; frame-ancestors 'none'``. Serve user files with
    ``Content-Disposition: attachment``. Where HTML is produced, keep template auto-escaping on, remove ``|safe``
    and ``dangerouslySetInnerHTML``, and clean rich text with DOMPurify or ``nh3``.

Traps
    - JSON reflection with application/json and nosniff is not XSS.
    - HTML error pages from proxies are a frequent real sink: include 4xx/5xx.
    - Sanitising on input corrupts data and misses contexts: do not demand it.
"""

from __future__ import annotations

from ostiary.controls.input.injection_xss.guard import Settings, guard
from ostiary.controls.input.injection_xss.live import audit_live
from ostiary.controls.input.injection_xss.source import audit_source
from ostiary.controls.input.injection_xss.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which front ends outside this source tree render data from the API, and how do they encode it (attach the "
        "list and a test or review result)?"
    ),
    reach="in part: it keeps browsers from running replies; stored text is escaped where it is shown",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.2.1", "1.2.3", "1.3.1", "3.2.1", "3.2.2"),
        cwe=(79,),
        standards=("CSP Level 3", "WHATWG MIME Sniffing"),
    ),
)
