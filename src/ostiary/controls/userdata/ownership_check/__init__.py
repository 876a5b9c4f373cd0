"""For every object a request names, the server checks that this caller may act on it.

Why
    Changing an id in a request is the commonest API attack; it exposes other people's orders, files and messages.

Fix
    Load objects through the caller, not by id alone: ``Order.objects.get(pk=id, owner=request.user)``,
    ``current_user.orders.find(id)`` or ``WHERE id = ? AND tenant_id = ?``. Take the user and tenant from the
    verified token, never from the request. Cover nested, bulk, file and write operations, and return the same
    ``404`` as for a missing object. Test each operation with two users.

Traps
    - Public or shared objects look like leaks: compare with a control object marked private.
    - Same status with different body length still leaks.
    - 200 with an empty list is a refusal in disguise: compare content.
"""

from __future__ import annotations

from ostiary.controls.userdata.ownership_check.guard import guard
from ostiary.controls.userdata.ownership_check.live import audit_live
from ostiary.controls.userdata.ownership_check.settings import Settings
from ostiary.controls.userdata.ownership_check.source import audit_source
from ostiary.controls.userdata.ownership_check.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which sharing rules let one user legitimately reach another user's objects (attach the rules and the "
        "operations they apply to)?"
    ),
    reach="in part: where request, token or reply show the owner; elsewhere only the code knows",
    maps=Maps(
        owasp_api=("API1:2023",),
        asvs=("8.2.2", "8.1.1", "8.4.1", "8.3.1"),
        cwe=(639, 862),
        standards=("OWASP API1:2023", "RFC 9110 §15.5.4"),
    ),
)
