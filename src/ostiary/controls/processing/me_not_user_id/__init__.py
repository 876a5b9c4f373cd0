"""Users reach their own data under /me, with the owner taken from the verified token.

Why
    If the user id is an input, one missing ownership check lets callers walk through everyone's records. Taking it
    from the token removes the parameter to attack.

Fix
    Offer ``/me/orders`` instead of ``/users/{id}/orders`` and take the owner from the verified token (``sub``),
    never from path, query or body. Filter in the query: ``WHERE owner_id = :sub``. Limit the ``{id}`` form to admin
    or support roles. Still check ownership of child ids such as ``/me/orders/{order}``, and send ``Cache-Control:
    no-store`` on these responses.

Traps
    - Admin, delegated and social features legitimately address other users.
    - /me does not replace authorisation on child ids such as /me/orders/{order}.
    - Shared caches must not store /me responses without identity in the key.
"""

from __future__ import annotations

from ostiary.controls.processing.me_not_user_id.guard import Settings, guard
from ostiary.controls.processing.me_not_user_id.live import audit_live
from ostiary.controls.processing.me_not_user_id.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which admin or support operations need an explicit user id, and which roles may call them (attach the list)?"
    ),
    reach="in part: it serves /me and can close the other form; ids elsewhere stay",
    maps=Maps(
        owasp_api=("API1:2023",),
        asvs=("8.2.2", "10.3.3"),
        cwe=(639,),
        standards=("RFC 9205", "OWASP API1:2023"),
    ),
)
