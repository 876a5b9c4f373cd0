"""Infrastructure as code: a gateway stands in front, and it alone is reached from outside."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding


async def audit_ci(tree: Tree) -> Finding:
    """A gateway stands in front, and it alone is reached from outside."""
    opinion = platforms.fronted(tree.deployment)
    if opinion.empty:
        return unknown("no gateway is named in infrastructure as code; one may stand in front all the same")
    past = platforms.beside(tree.deployment)
    if past.faults:
        shown = [tree.show(each.place, each.what) for each in past.faults[:3]]
        return unknown("a gateway is there, and other services are published beside it", *shown)
    return finding(opinion, tree.show, nothing="", holds="in infrastructure as code")
