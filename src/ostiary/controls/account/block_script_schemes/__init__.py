"""Account fields and link fields refuse javascript:, data: and other script-capable URLs.

Why
    Such a value becomes a clickable or auto-loaded link that runs script in another user's session.

Fix
    Parse every link with a URL parser after refusing control characters, and accept only the schemes ``https``,
    ``http`` and ``mailto``. Do not search for the substring ``javascript``: it breaks honest text and misses
    disguised schemes. Apply it to profile links, avatars and return paths on write, and check again where links are
    rendered. If avatars may be ``data:`` URLs, allow exact raster types such as ``image/png`` only.

Traps
    - data: image URLs may be a legitimate avatar format: allow by exact media type.
    - Filtering the substring 'javascript' breaks names: parse the scheme.
    - Control characters inside the scheme bypass naive filters.
"""

from __future__ import annotations

from ostiary.controls.account.block_script_schemes.guard import Settings, guard
from ostiary.controls.account.block_script_schemes.live import audit_live
from ostiary.controls.account.block_script_schemes.source import audit_source
from ostiary.controls.account.block_script_schemes.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which clients outside this audit render user-supplied links, and how do they check the scheme (attach the "
        "list and their link handling rules)?"
    ),
    reach="in part: for new values; what is stored already stays",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.2.2", "2.2.1", "1.3.3"),
        cwe=(83, 79),
        standards=("WHATWG URL", "RFC 3986 §3.1"),
    ),
)
