"""Responses do not reveal the server, framework, runtime or their versions.

Why
    Version banners let attackers match your stack against known vulnerabilities automatically and at scale.

Fix
    Remove ``Server``, ``X-Powered-By``, ``X-AspNet-Version``, ``X-Generator`` and ``X-Runtime`` at the outermost
    server. Uvicorn: ``--no-server-header``; nginx: ``server_tokens off;``; Apache: ``ServerTokens Prod``; Express:
    ``app.disable('x-powered-by')``; PHP: ``expose_php = Off``; Kestrel: ``AddServerHeader = false``. Check the
    answers to malformed requests too, since the front server writes those.

Traps
    - ASGI middleware cannot remove uvicorn's Server header: it is added after the app. In our probe the header
      persisted and an app-set value produced two; only --no-server-header or a proxy removes it.
    - Malformed requests are answered by the front server: test those too.
    - A bare 'cloudflare' or 'nginx' without version is info only.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Does an edge strip Server and X-Powered-By headers in production only (attach its configuration or "
        "captured production headers, including an error response)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.4.6",),
        cwe=(497,),
        standards=("RFC 9110 §10.2.4, §17.12",),
    ),
)
