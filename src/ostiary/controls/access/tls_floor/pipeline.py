"""Infrastructure as code: policies of load balancers, edges and managed services begin at TLS 1.2."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import tls_versions
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """Policies of load balancers, edges and managed services begin at TLS 1.2."""
    opinion = tls_versions.cloud_versions(tree.deployment)
    unread(opinion, tree.deployment, "clouds")
    return finding(opinion, tree.show, nothing="no TLS policy in infrastructure as code", holds="configured")
