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

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
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
