"""What frameworks are told in code: no page may frame a reply."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.code.response_headers import FRAMES, opinion_of
from ostiary.parts.deployment.opinion import finding


async def audit_source(tree: Tree) -> Finding:
    """Switches of helmet, Talisman, Spring Security and Django."""
    return finding(
        opinion_of(tree.code, FRAMES),
        tree.show,
        nothing=f"nothing here sends {FRAMES.name} or is told not to",
        holds="configured",
    )
