"""Infrastructure as code: a platform that somebody else runs and patches is in use."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding

_OWN: Final = re.compile(r"instance|virtual_machine|droplet|server|Instance|ansible|chef|puppet|packer")
QUESTION: Final = (
    "Who runs and patches the servers of this API, and why was that option chosen (attach the dated decision "
    "record with options and owner)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """A platform that somebody else runs and patches is in use."""
    opinion = platforms.managed(tree.deployment)
    if opinion.empty:
        return attest(
            f"No manifest of a managed platform is here; whether one was weighed is for people to say. {QUESTION}"
        )
    own = platforms.provisioned(tree.deployment)
    if any(_OWN.search(each.what) for each in own.fine):
        shown = [tree.show(each.place, each.what) for each in (*opinion.fine[:2], *own.fine[:2])]
        return unknown("managed platforms are in use beside machines of one's own", *shown)
    return finding(opinion, tree.show, nothing="", holds="a managed platform is in use")
