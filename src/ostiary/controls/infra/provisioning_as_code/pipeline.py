"""Infrastructure as code: machines are made by what stands in version control."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding

QUESTION: Final = (
    "Is every production machine created from versioned code (attach the repository link or an excerpt and the "
    "log of the last apply)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """Machines are made by what stands in version control."""
    opinion = platforms.provisioned(tree.deployment)
    if not opinion.empty:
        return finding(opinion, tree.show, nothing="", holds="in version control")
    files = platforms.containers(tree.deployment)
    if files:
        shown = [tree.show(f"{file}:1", "starts containers") for file in files[:3]]
        return unknown(
            "containers are started by code here, but nothing here makes the machines that they run on", *shown
        )
    return attest(f"No code that makes machines is here; it may be kept elsewhere. {QUESTION}")
