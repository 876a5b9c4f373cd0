"""It is written down when an outside investigation is needed and whom to call.

Why
    After a breach, an unprepared team loses days finding help while evidence disappears. An internal report may not
    satisfy law, contract or insurer.

Fix
    Record in the incident plan when law, contract or insurance demands an independent investigation. Name an
    incident-response firm, legal counsel and regulator contacts, and describe how evidence is kept. Check the
    contacts every year.

Traps
    - A penetration-test vendor is not automatically an incident responder.
    - Cyber-insurance may dictate the provider.
    - Contact data goes stale.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.INFO,
    probe=Probe.NONE,
    strength="may",
    attest=(
        "Whom do you call for an independent investigation after a breach, and when (attach the named provider or "
        "decision and the legal duties)?"
    ),
    reach="cannot: a decision of people",
    maps=Maps(
        standards=("NIST SP 800-61r3", "ISO/IEC 27035-1:2023", "PCI DSS 4.0.1 §12.10"),
    ),
)
