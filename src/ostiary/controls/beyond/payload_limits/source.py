"""Configuration of servers and frameworks: bodies are bounded before an application sees them."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.code import body_sizes
from ostiary.parts.deployment import limits
from ostiary.parts.deployment.opinion import finding, unread


async def audit_source(tree: Tree) -> Finding:
    """What nginx, Apache and ingress controllers are told of the size of bodies, and frameworks in code."""
    opinion = limits.bodies(tree.deployment).add(body_sizes.opinion_of(tree.code))
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion, tree.show, nothing="no bound of bodies in configuration of servers or in code", holds="configured"
    )
