"""Configuration of servers: clear text is sent to https where both are served."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import clear_text
from ostiary.parts.deployment.opinion import finding, unread


async def audit_source(tree: Tree) -> Finding:
    """Virtual servers that end TLS, and those beside them that take clear text."""
    opinion = clear_text.https(tree.deployment)
    unread(opinion, tree.deployment, "servers")
    return finding(opinion, tree.show, nothing="no virtual server is configured here", holds="configured")
