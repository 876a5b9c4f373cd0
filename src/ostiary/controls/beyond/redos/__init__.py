"""No input can make a regular expression run for longer than a bounded time.

Why
    A short crafted string keeps a backtracking regex engine busy for minutes. A few such requests stop all workers.

Fix
    Check the length first: set ``maxLength`` next to every ``pattern``. Remove nested or overlapping quantifiers
    such as ``(a+)+``, and anchor patterns. Use a linear-time engine: RE2 (``google-re2``, ``re2j``), Go ``regexp``,
    the Rust ``regex`` crate or .NET ``RegexOptions.NonBacktracking``. Add a static check such as ``recheck`` or
    ``eslint-plugin-redos`` to the pipeline.

Traps
    - Engines differ: ECMA-262 pattern in the document, Python re at run time.
    - maxLength defuses many polynomial cases.
    - Noise on shared machines: compare doubling ratios.
"""

from __future__ import annotations

from ostiary.controls.beyond.redos.guard import guard
from ostiary.controls.beyond.redos.live import audit_live
from ostiary.controls.beyond.redos.settings import Settings
from ostiary.controls.beyond.redos.source import audit_source
from ostiary.controls.beyond.redos.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    reach="in part: patterns of the document run in linear time; those in the code stay",
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("1.3.12", "1.2.9"),
        cwe=(1333,),
        standards=("JSON Schema 2020-12 §6.3.3", "CWE-1333"),
    ),
)
