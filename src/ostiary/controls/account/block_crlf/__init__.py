"""Line breaks in user input can never forge response headers, e-mail headers or log lines.

Why
    Injected line breaks let an attacker add headers and cookies, change e-mail recipients or fake log entries.

Fix
    Answer ``400`` when a path, query, header value or single-line field contains CR, LF or another control
    character after decoding; allow line breaks only in multi-line text. Never build headers by joining strings.
    Build mail with a library that refuses such values, for example Python ``email.message.EmailMessage``. Write
    logs as JSON, one encoded object per line.

Traps
    - Multi-line text fields legitimately contain line breaks in JSON bodies.
    - Most servers now refuse CR/LF in headers: a 500 here is still a finding (low).
    - HTTP/2 needs its own check: values with CR or LF must be refused.
"""

from __future__ import annotations

from ostiary.controls.account.block_crlf.guard import Settings, guard
from ostiary.controls.account.block_crlf.live import audit_live
from ostiary.controls.account.block_crlf.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which e-mail templates place user names or other user input into headers such as the subject (attach the "
        "templates and the escaping used)?"
    ),
    reach="in part: in header fields and single lines; log lines and mail are written by the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.2.4", "16.4.1", "1.3.11", "2.2.1"),
        cwe=(93, 113, 117),
        standards=("RFC 9110 §5.5", "RFC 9113 §8.2.1"),
    ),
)
