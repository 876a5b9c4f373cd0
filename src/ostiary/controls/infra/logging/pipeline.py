"""Infrastructure as code: logs leave the machine that writes them."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding


async def audit_ci(tree: Tree) -> Finding:
    """Logs leave the machine that writes them."""
    opinion = platforms.recorded(tree.deployment)
    if opinion.empty:
        return unknown("nothing here takes logs away from the machine that writes them; it may be done elsewhere")
    return finding(opinion, tree.show, nothing="", holds="in infrastructure as code")
