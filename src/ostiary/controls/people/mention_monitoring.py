"""Public sources are watched for leaks, attacks and flaws that concern your organisation.

Why
    Leaked keys, fake sites and planned attacks are often visible in public first. Without a watch you learn of them
    from the damage.

Fix
    Enable secret alerts at your code host, and subscribe to a breach-notification service and a
    certificate-transparency watch for your domains. Keep a watch-list of names, domains, key prefixes and package
    names. Plant canary tokens. Name a person who triages the alerts.

Traps
    - Requiring Scumblr itself would be wrong: it is unmaintained.
    - Name collisions flood alerts.
    - Respect privacy and terms: no scraping of people.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.INFO,
    probe=Probe.NONE,
    strength="should",
    attest=(
        "Which sources do you watch for mentions and leaks (attach the services used, the watch-list, the "
        "responsible person and the last triaged alert)?"
    ),
    reach="cannot: it happens elsewhere",
    maps=Maps(
        owasp_api=("API9:2023",),
        standards=("NIST SP 800-150", "CIS Controls v8.1 §13"),
    ),
)
