"""The policy that security.txt names is read, if it is on this host; how people are answered, only people can tell."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from ostiary.controls.people.polite_to_reporters.words import QUESTION, SAYS, THREATENS
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, attest, failed

_POLICY: Final = re.compile(r"^policy:\s*(\S{1,300})\s*$", re.IGNORECASE | re.MULTILINE)  # RFC 9116 section 2.5.7


async def audit_live(http: Http) -> Finding:
    """Read the policy that security.txt names, if it is on this host; how people are answered, only people can tell."""
    policy = await _policy(http)
    if policy is None:
        return attest(QUESTION)
    said = [name for name, sign in SAYS.items() if sign.search(policy.text)]
    threat = THREATENS.search(policy.text)
    if threat and "safe harbour" not in said:
        return failed(
            "the policy for reports of vulnerabilities threatens reporters",
            http.show(policy, f"it says {threat[0]!r}, and nothing of a safe harbour"),
        )
    return attest(
        f"The policy at {policy.asked.target} speaks of {', '.join(said) or 'nothing that reporters look for'}. {QUESTION}"
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
