"""No other page can embed a response of this API in a frame.

Why
    A hostile page frames a consent or account page and tricks users into clicking it; framing also enables some
    cross-site leaks.

Fix
    Send both ``X-Frame-Options: DENY`` and ``Content-Security-Policy: frame-ancestors 'none'`` on every response,
    errors included. If one page must be embedded, list the allowed origins in ``frame-ancestors`` for that route
    and drop the older header there. Never use ``ALLOW-FROM``; current browsers ignore it.

Traps
    - frame-ancestors overrides the legacy header where both exist: judge the effective result, report the missing
      legacy header as low.
    - JSON responses cannot be click-jacked, so severity there is info.
    - SAMEORIGIN on pages that frame themselves is acceptable with a waiver.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Does an edge or CDN add the framing headers in production (attach its configuration or captured headers "
        "from an API response and an HTML page)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.6",),
        cwe=(1021,),
        standards=("RFC 7034", "CSP Level 3 frame-ancestors", "RFC 9700 §4.16"),
    ),
)
