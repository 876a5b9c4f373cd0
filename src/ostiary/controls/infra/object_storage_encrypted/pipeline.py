"""Infrastructure as code: buckets are encrypted, and somebody is known to keep the key."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import at_rest
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """Buckets are encrypted, and somebody is known to keep the key."""
    opinion = at_rest.buckets(tree.deployment)
    unread(opinion, tree.deployment, "clouds")
    return finding(opinion, tree.show, nothing="no object storage in infrastructure as code", holds="configured")
