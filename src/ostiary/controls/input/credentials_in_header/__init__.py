"""Passwords, tokens and keys travel in headers or bodies, never in the URL.

Why
    URLs end up in access logs, browser history, Referer headers, analytics and shared links. Each copy leaks the
    secret to more readers.

Fix
    Accept tokens only in ``Authorization: Bearer`` and passwords only in the body; stop reading ``?access_token=``,
    ``?token=`` and ``?api_key=`` and answer 400 when they appear. Change ``in: query`` to ``in: header`` for apiKey
    schemes in OpenAPI. Send ``Referrer-Policy: no-referrer``, log the path without the query (nginx ``$uri``), and
    rotate any key already logged. Use one-time tickets for WebSocket.

Traps
    - Pre-signed object URLs and one-time e-mail links are accepted designs when short-lived, single-purpose and
      single-use: note.
    - OAuth code and state appear in redirects by design.
    - page_token, cursor, csrf names contain 'token' but are not credentials.
"""

from __future__ import annotations

from ostiary.controls.input.credentials_in_header.guard import Settings, guard
from ostiary.controls.input.credentials_in_header.live import audit_live
from ostiary.controls.input.credentials_in_header.mobile import audit_mobile
from ostiary.controls.input.credentials_in_header.source import audit_source
from ostiary.controls.input.credentials_in_header.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    strength="must",
    attest=(
        "Which features use signed URLs, and what lifetime and scope do those URLs have (attach the settings or "
        "state that there are none)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API8:2023"),
        asvs=("14.2.1",),
        cwe=(598,),
        standards=("RFC 6750 §2.3, §5.3", "RFC 9110 §17.9", "RFC 9700 §4.3.2"),
    ),
)
