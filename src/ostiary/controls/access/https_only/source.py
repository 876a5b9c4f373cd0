"""Configuration of servers and code: clear text is sent to https where both are served, and certificates are verified."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.model import Finding, Severity
from ostiary.parts.code import excerpts, tls_trust
from ostiary.parts.deployment import clear_text
from ostiary.parts.deployment.opinion import finding, unread

_CHOSEN: Final = re.compile(
    r"(?i)(?:\bif\b|\bunless\b|\?|&&|\bwhen\b).*(?:local|dev|debug|test|insecure|skip|self_?signed|verif|untrusted|environment|trust)"
)


async def audit_source(tree: Tree) -> Finding:
    """Virtual servers that end TLS and those beside them that take clear text; calls that trust any certificate."""
    opinion = clear_text.https(tree.deployment)
    for spot in tls_trust.unverified(tree.code):
        opinion.fault(spot.place, tls_trust.UNVERIFIED, severity=Severity.HIGH, sure=not _is_choice(tree, spot))
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion,
        tree.show,
        nothing="no virtual server is configured here, and no code switches the verification of certificates off",
        holds="configured",
    )


def _is_choice(tree: Tree, spot: Spot) -> bool:
    """Whether it is so in some environment or by an option alone, by a condition in the lines before: a sign then."""
    return any(map(_CHOSEN.search, excerpts.lines(tree, spot.path, spot.line - 4, spot.line)))
