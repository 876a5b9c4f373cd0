"""Configuration of servers: only known proxies are believed about a client's address."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import limits
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """What nginx and Apache are told of proxies in front of them."""
    opinion = limits.trust(tree.deployment)
    unread(opinion, tree.deployment, "servers")
    return finding(opinion, tree.show, nothing="no list of proxies in configuration of servers", holds="configured")
