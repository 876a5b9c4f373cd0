"""Infrastructure as code: disks, snapshots and the storage of databases are encrypted."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import at_rest
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """Disks, snapshots and the storage of databases are encrypted."""
    opinion = at_rest.volumes(tree.deployment)
    unread(opinion, tree.deployment, "clouds")
    return finding(
        opinion, tree.show, nothing="no disk of a machine or a database in infrastructure as code", holds="configured"
    )
