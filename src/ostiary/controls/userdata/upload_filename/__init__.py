"""Names of uploaded files never become storage paths, and display names are cleaned.

Why
    Crafted names cause path traversal, overwritten files, injected script or headers, and misleading extensions.

Fix
    Store each file under a server-generated name such as a UUID with an extension from an allow-list. Clean the
    display name: normalise Unicode (NFC), remove control characters and path separators, limit it to 255 bytes;
    ``secure_filename`` (Werkzeug) suits names used as paths. Encode the name on output, in HTML and as
    ``Content-Disposition: attachment; filename*=UTF-8''NAME``.

Traps
    - Unicode names are legitimate: normalise, do not strip to ASCII.
    - The name may appear later in ZIP exports and e-mails.
    - Client libraries may clean names before sending: craft raw multipart.
"""

from __future__ import annotations

from ostiary.controls.userdata.upload_filename.live import audit_live
from ostiary.controls.userdata.upload_filename.source import audit_source
from ostiary.controls.userdata.upload_filename.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "How are stored files named when storage is external (attach the naming scheme and an example of an "
        "original name and its stored name)?"
    ),
    reach="cannot: names of files become paths in the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("5.3.2", "5.4.1", "5.4.2", "5.3.3"),
        cwe=(22, 73, 434),
        standards=("RFC 7578 §4.2", "RFC 6266"),
    ),
)
