"""Only configured host names are served, and forwarding headers count only from known proxies.

Why
    Forged ``Host`` or ``X-Forwarded-For`` values poison reset links and caches and get round address rules and
    limits. A forged user header can even impersonate someone.

Fix
    Serve only listed names: Django ``ALLOWED_HOSTS``, Starlette ``TrustedHostMiddleware``, or an nginx
    ``default_server`` with ``return 421;``. At the outermost proxy overwrite ``X-Forwarded-*`` and ``Forwarded``,
    and remove ``X-Original-URL`` and user headers. In the app trust only that proxy's address: nginx
    ``set_real_ip_from``, uvicorn ``--forwarded-allow-ips`` (never ``*``), Express ``trust proxy``.

Traps
    - Loopback audits often use 127.0.0.1 as Host: allow in development.
    - Health checks use addresses.
    - uvicorn alone answered an unknown Host with 200 in our probe.
"""

from __future__ import annotations

from ostiary.controls.beyond.host_and_proxy_trust.guard import Settings, guard
from ostiary.controls.beyond.host_and_proxy_trust.host import audit_host
from ostiary.controls.beyond.host_and_proxy_trust.live import audit_live
from ostiary.controls.beyond.host_and_proxy_trust.pipeline import audit_ci
from ostiary.controls.beyond.host_and_proxy_trust.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source, Kind.CI: audit_ci, Kind.HOST: audit_host},
    attest=(
        "Which proxies stand in front of the API and which headers does each set or remove (attach the proxy chain "
        "with addresses and settings)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.1.3", "15.3.4"),
        cwe=(348, 290, 644),
        standards=("RFC 9110 §7.2, §7.4, §15.5.20", "RFC 7239", "RFC 6066 §3"),
    ),
)
