"""Infrastructure as code: what absorbs floods stands in front."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding

QUESTION: Final = (
    "Which service absorbs DDoS attacks for this API (attach the provider and capacity, the origin lock-down "
    "rule and the date of the last exercise)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """What absorbs floods stands in front."""
    opinion = platforms.shielded(tree.deployment)
    if opinion.empty:
        return attest(
            f"No service that absorbs floods is named in infrastructure as code; a provider may do it all the same. {QUESTION}"
        )
    return finding(opinion, tree.show, nothing="", holds="named in infrastructure as code")
