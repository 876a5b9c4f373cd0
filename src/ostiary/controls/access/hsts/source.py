"""Configuration of servers: the header goes out with errors too, for a year, and no section drops it."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import clear_text
from ostiary.parts.deployment.opinion import finding, unread


async def audit_source(tree: Tree) -> Finding:
    """The header goes out with errors too, for a year, and no section drops it."""
    opinion = clear_text.hsts(tree.deployment)
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion, tree.show, nothing="no configuration of a server that ends TLS or sends the header", holds="configured"
    )
