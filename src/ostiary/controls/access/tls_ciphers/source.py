"""Configuration of servers: cipher strings, expanded with the library that is installed."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding
from ostiary.parts.deployment import cipher_strings
from ostiary.parts.deployment.opinion import finding, unread


async def audit_source(tree: Tree) -> Finding:
    """Cipher strings, expanded with the library that is installed."""
    opinion = cipher_strings.strings(tree.deployment)
    unread(opinion, tree.deployment, "servers")
    return finding(opinion, tree.show, nothing="no cipher string in configuration of servers", holds="configured")
