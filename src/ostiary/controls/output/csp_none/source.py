"""What frameworks are told in code: a policy that forbids a reply to load or run anything."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.code.response_headers import POLICY, opinion_of
from ostiary.parts.deployment.opinion import finding


async def audit_source(tree: Tree) -> Finding:
    """Switches of helmet, Talisman, Spring Security and Django."""
    return finding(
        opinion_of(tree.code, POLICY),
        tree.show,
        nothing=f"nothing here sends {POLICY.name} or is told not to",
        holds="configured",
    )
