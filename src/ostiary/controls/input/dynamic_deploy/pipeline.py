"""Infrastructure as code: nobody outside reaches the interface by which a gateway is changed."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import control_planes
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """Nobody outside reaches the interface by which a gateway is changed."""
    opinion = control_planes.reachable(tree.deployment)
    unread(opinion, tree.deployment, "containers")
    return finding(
        opinion,
        tree.show,
        nothing="no gateway that is changed while it runs in compose files or manifests",
        holds="configured",
    )
