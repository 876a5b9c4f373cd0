"""Tokens for sensitive operations work only together with the client's own private key.

Why
    A bearer token stolen from a log, a browser or a proxy works for anyone. With it the thief can run the most
    valuable operations.

Fix
    Issue tokens with a ``cnf`` claim and check it on every sensitive call. For DPoP (RFC 9449) verify signature,
    ``htm``, ``htu``, ``iat``, ``jti`` replay, ``ath`` and ``jkt``; for mutual TLS (RFC 8705) compare ``x5t#S256``
    with the client certificate. Refuse a bound token sent as plain ``Bearer``. Behind a proxy, configure the public
    URL for ``htu`` and take the certificate field only from that proxy.

Traps
    - TLS-terminating proxies change scheme and host in htu: configure canonical URI.
    - Clock skew: use server nonces.
    - Requiring DPoP of all clients breaks simple integrations: scope it.
"""

from __future__ import annotations

from ostiary.controls.beyond.sender_constrained_tokens.guard import Settings, guard
from ostiary.controls.beyond.sender_constrained_tokens.live import audit_live
from ostiary.controls.beyond.sender_constrained_tokens.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    wants_issuers=True,
    strength="should",
    attest=(
        "Which operations require sender-bound tokens through DPoP or mutual TLS (attach the list and the matching "
        "token settings)?"
    ),
    reach="in part: it asks for the proof; the issuer has to bind its tokens",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.3.5", "10.4.14", "12.3.5"),
        cwe=(294, 522),
        standards=("RFC 9449", "RFC 8705", "RFC 9440", "RFC 9700 §2.2.1"),
    ),
)
