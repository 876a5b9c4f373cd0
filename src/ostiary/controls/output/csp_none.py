"""API responses carry a policy that lets a browser load and run nothing.

Why
    If an attacker gets a response rendered as a document, nothing stops its scripts, frames and forms from stealing
    data.

Fix
    Send ``Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action
    'none'`` on all API responses, with straight quotes. Give HTML pages such as docs or sign-in their own policy
    with nonces or hashes and self-hosted assets. Do not use ``unsafe-inline``, ``unsafe-eval``, wildcards or the
    report-only header in its place.

Traps
    - Seed A prints the value without a space and with curly quotes; copied literally it is invalid and browsers
      ignore it: validate syntax, not substring.
    - default-src does not cover frame-ancestors, base-uri, form-action or sandbox.
    - Interactive documentation breaks under this policy: use a route-specific policy with self-hosted assets, never
      a global weakening.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Does an edge or CDN add or change the Content-Security-Policy in production (attach its configuration or "
        "captured headers from an API response and an HTML page)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.3", "3.4.6", "3.2.1", "3.4.7"),
        cwe=(1021, 79),
        standards=("CSP Level 3", "OWASP REST Security Cheat Sheet"),
    ),
)
