"""Everyone who reports a bug gets a prompt, courteous answer without threats.

Why
    Hostile or silent replies push researchers to publish at once. Later finders then warn nobody.

Fix
    Publish a disclosure policy with safe-harbour wording, a first reply within 2 working days, status updates and
    credit. Prepare reply templates, also for spam and beg-bounty mail. Track every report until it is closed.

Traps
    - Automated acknowledgement alone is not an answer.
    - Do not machine-score sentiment of individuals.
    - Spam and beg-bounty mail need a courteous template too.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest, failed

_POLICY: Final = re.compile(r"^policy:\s*(\S{1,300})\s*$", re.IGNORECASE | re.MULTILINE)  # RFC 9116 section 2.5.7
_SAYS: Final = {
    "safe harbour": re.compile(r"safe harbou?r|will not (?:pursue|take|initiate|bring)[^.]{0,60}(?:legal|action)|good faith", re.IGNORECASE),
    "a time to answer in": re.compile(r"within \w+ (?:\(\d+\) )?(?:business |working )?(?:hours?|days?|weeks?)", re.IGNORECASE),
    "thanks": re.compile(r"acknowledg|hall of fame|thank|credit", re.IGNORECASE),
}  # fmt: skip
_THREATENS: Final = re.compile(
    r"(?<!not )(?:will|may|shall) (?:be prosecuted|prosecute|take legal action|pursue legal action|face prosecution)",
    re.IGNORECASE,
)


async def audit_live(http: Http) -> Finding:
    """Read the policy that security.txt names, if it is on this host; how people are answered, only people can tell."""
    policy = await _policy(http)
    if policy is None:
        return attest(control.attest)
    said = [name for name, sign in _SAYS.items() if sign.search(policy.text)]
    threat = _THREATENS.search(policy.text)
    if threat and "safe harbour" not in said:
        return failed(
            "the policy for reports of vulnerabilities threatens reporters",
            http.show(policy, f"it says {threat[0]!r}, and nothing of a safe harbour"),
        )
    return attest(
        f"The policy at {policy.asked.target} speaks of {', '.join(said) or 'nothing that reporters look for'}. {control.attest}"
    )


async def _policy(http: Http) -> Answer | None:
    try:
        told = await http.send("GET", "/.well-known/security.txt")
        named = _POLICY.search(told.text) if told.accepted else None
        parts = urlsplit(urljoin(http.base, named[1])) if named else None
        if parts is None or parts.hostname != http.host:
            return None
        answer = await http.send("GET", parts.path or "/")
    except (Unanswerable, ValueError):
        return None
    return answer if answer.accepted else None


control = Control(
    severity=Severity.INFO,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live},
    attest=(
        "Do reporters get timely, polite answers (attach the policy with safe harbour, the median first-response "
        "time and anonymised sample replies)?"
    ),
    reach="cannot: people answer people",
    maps=Maps(
        standards=("ISO/IEC 29147:2018", "ISO/IEC 30111:2019", "OWASP Vulnerability Disclosure Cheat Sheet"),
    ),
)
