"""Redirects after sign-in and elsewhere lead only to local paths or listed origins.

Why
    A link through your trusted domain lands victims on a phishing copy right after sign-in, or leaks codes and
    tokens to an attacker.

Fix
    Accept only paths that start with a single ``/``; refuse ``//``, backslash characters, control characters and
    any scheme or host. Otherwise compare the parsed origin with an exact allow-list, never by prefix or substring.
    Use ``url_has_allowed_host_and_scheme`` (Django), ``Url.IsLocalUrl`` (ASP.NET) or ``redirect_to url,
    allow_other_host: false`` (Rails). Match OAuth ``redirect_uri`` values exactly.

Traps
    - Redirects to a listed partner are by design.
    - Trailing-slash and http-to-https redirects echo the Host header: that is a host-header problem, not this one.
    - 307/308 forward bodies and credentials: raise severity.
"""

from __future__ import annotations

from ostiary.controls.account.no_open_redirect.guard import Settings, guard
from ostiary.controls.account.no_open_redirect.live import audit_live
from ostiary.controls.account.no_open_redirect.source import audit_source
from ostiary.controls.account.no_open_redirect.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which partner return URLs are allowed as redirect targets, and who approves them (attach the current "
        "allow-list)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.7.2", "3.7.3", "1.2.2"),
        cwe=(601,),
        standards=("RFC 9700 §2.1, §4.11, §4.12",),
    ),
)
