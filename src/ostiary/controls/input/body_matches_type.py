"""A body must parse strictly as the type and charset it claims, or it is rejected.

Why
    Mislabelled or ambiguous content is checked by one parser and used by another. An attacker smuggles scripts,
    entities or files past the checks this way.

Fix
    Parse once, strictly, with the parser for the declared type: UTF-8 only, no duplicate keys, no ``NaN``, no
    trailing data (Jackson: ``STRICT_DUPLICATE_DETECTION`` and ``FAIL_ON_TRAILING_TOKENS``). Answer 400 on any
    mismatch. Check the magic bytes of each uploaded part with ``libmagic`` or Apache Tika and refuse types not on
    the list. Drop lenient parsers such as ``json5``, and pass on the parsed data instead of the raw bytes.

Traps
    - Duplicate JSON keys are legal-ish under RFC 8259: refusing is policy, so grade low.
    - BOM-prefixed UTF-8 is common in CSV.
    - Image re-encoders may accept slightly malformed files on purpose.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    attest=(
        "Which component parses request bodies, and with which parser, in each service (attach the list of parsers)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.5.3", "5.2.2", "1.1.1", "2.2.1"),
        cwe=(436, 434),
        standards=("RFC 8259 §4, §8.1", "RFC 7493", "RFC 7578"),
    ),
)
