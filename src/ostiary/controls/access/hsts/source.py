"""Configuration of servers and frameworks: the header goes out with errors too, for a year, and no section drops it."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.code.response_headers import TRANSPORT, opinion_of
from ostiary.parts.deployment import clear_text
from ostiary.parts.deployment.opinion import finding, unread


async def audit_source(tree: Tree) -> Finding:
    """The header goes out with errors too, for a year, and no section drops it."""
    opinion = clear_text.hsts(tree.deployment).add(opinion_of(tree.code, TRANSPORT))
    unread(opinion, tree.deployment, "servers")
    return finding(
        opinion, tree.show, nothing="no configuration of a server that ends TLS or sends the header", holds="configured"
    )
