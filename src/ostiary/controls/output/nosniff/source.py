"""What frameworks are told in code: browsers are told not to guess what a reply is."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.code.response_headers import NOSNIFF, opinion_of
from ostiary.parts.deployment.opinion import finding


async def audit_source(tree: Tree) -> Finding:
    """Switches of helmet, Talisman, Spring Security and Django."""
    return finding(
        opinion_of(tree.code, NOSNIFF),
        tree.show,
        nothing=f"nothing here sends {NOSNIFF.name} or is told not to",
        holds="configured",
    )
