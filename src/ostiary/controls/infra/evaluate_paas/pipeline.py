"""Infrastructure as code: a platform that somebody else runs and patches is in use."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding


async def audit_ci(tree: Tree) -> Finding:
    """A platform that somebody else runs and patches is in use."""
    opinion = platforms.managed(tree.deployment)
    if opinion.empty:
        return unknown("no manifest of a managed platform is here; whether one was weighed is for people to say")
    return finding(opinion, tree.show, nothing="", holds="a managed platform is in use")
