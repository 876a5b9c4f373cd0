"""Infrastructure as code: what containers, services and security groups open to everybody."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import exposed
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """What containers, services and security groups open to everybody."""
    opinion = exposed.published(tree.deployment).add(exposed.groups(tree.deployment))
    unread(opinion, tree.deployment, "containers", "clouds")
    return finding(
        opinion,
        tree.show,
        nothing="no port is opened by compose files, Kubernetes objects or security groups here",
        holds="looked at",
    )
