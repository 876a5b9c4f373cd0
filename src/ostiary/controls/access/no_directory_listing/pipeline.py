"""Infrastructure as code: no bucket lists its objects to everybody."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import open_buckets
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """No bucket lists its objects to everybody."""
    opinion = open_buckets.listed(tree.deployment)
    unread(opinion, tree.deployment, "clouds")
    return finding(opinion, tree.show, nothing="no bucket in infrastructure as code", holds="configured")
