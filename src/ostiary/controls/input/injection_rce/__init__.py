"""No request value reaches a shell, interpreter, template engine or loader as code.

Why
    Remote code execution hands the attacker the server, its secrets and the network behind it.

Fix
    Remove ``eval``, ``exec``, ``os.system`` and ``shell=True``; run programs with an argument list, such as
    ``subprocess.run(['convert', path])`` with a path you chose. Use ``yaml.safe_load`` and JSON instead of
    ``pickle``, Java native serialization or PHP ``unserialize``. Never build templates from user text. Run as a
    non-root user with a read-only file system and limited outbound traffic.

Traps
    - {{7*7}} rendered literally by a front-end framework is not server-side evaluation: look for 49 in the raw
      response.
    - shell=True with a constant string is style, not injection.
    - Signed pickles are still dangerous if the key leaks: medium.
"""

from __future__ import annotations

from ostiary.controls.input.injection_rce.guard import Settings, guard
from ostiary.controls.input.injection_rce.live import audit_live
from ostiary.controls.input.injection_rce.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which features run user-supplied code or scripts on purpose, and how are they sandboxed (attach the "
        "sandbox design or state that there are none)?"
    ),
    reach="in part: it refuses structure and known shapes in fields you name; the code stays as it is",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.2.5", "1.3.2", "1.3.7", "1.5.2"),
        cwe=(78, 94, 502, 1336),
        standards=("NIST SP 800-218 PW.5", "OWASP Top 10:2025 A05"),
    ),
)
