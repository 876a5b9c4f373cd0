"""Infrastructure as code: data stores demand a password, and none that everybody tries first."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import connection_strings, databases, managed_databases
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """Data stores demand a password, and none that everybody tries first."""
    opinion = (
        databases.stores(tree.deployment)
        .add(managed_databases.cloud_stores(tree.deployment))
        .add(connection_strings.values(tree.deployment))
    )
    unread(opinion, tree.deployment, "containers", "clouds")
    return finding(
        opinion,
        tree.show,
        nothing="no data store in compose files, Kubernetes objects or infrastructure as code",
        holds="configured",
    )
