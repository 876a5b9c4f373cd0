"""Infrastructure as code: load balancers, edges and ingresses take TLS, or redirect to it."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import clear_text
from ostiary.parts.deployment.opinion import finding, unread


async def audit_ci(tree: Tree) -> Finding:
    """Load balancers, edges and ingresses take TLS, or redirect to it."""
    opinion = clear_text.cloud_https(tree.deployment)
    unread(opinion, tree.deployment, "clouds")
    return finding(
        opinion, tree.show, nothing="no load balancer, edge or ingress in infrastructure as code", holds="configured"
    )
