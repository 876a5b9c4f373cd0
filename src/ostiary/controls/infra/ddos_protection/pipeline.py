"""Infrastructure as code: what absorbs floods stands in front."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding


async def audit_ci(tree: Tree) -> Finding:
    """What absorbs floods stands in front."""
    opinion = platforms.shielded(tree.deployment)
    if opinion.empty:
        return unknown(
            "no service that absorbs floods is named in infrastructure as code; a provider may do it all the same"
        )
    return finding(opinion, tree.show, nothing="", holds="named in infrastructure as code")
