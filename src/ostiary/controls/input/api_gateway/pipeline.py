"""Infrastructure as code: a gateway stands in front, and it alone is reached from outside."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding

QUESTION: Final = (
    "Which gateway fronts the API, which policies does it apply, and what stops calls around it (attach its "
    "configuration or a network diagram)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """A gateway stands in front, and it alone is reached from outside."""
    opinion = platforms.fronted(tree.deployment)
    if opinion.empty:
        return attest(f"No gateway is named in infrastructure as code; one may stand in front all the same. {QUESTION}")
    past = platforms.beside(tree.deployment)
    if past.faults:
        shown = [tree.show(each.place, each.what) for each in past.faults[:3]]
        return unknown("a gateway is there, and other services are published beside it", *shown)
    return finding(opinion, tree.show, nothing="", holds="in infrastructure as code")
