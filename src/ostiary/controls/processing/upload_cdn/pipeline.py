"""Infrastructure as code: a delivery network stands in front of the bucket that keeps files."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, not_applicable, passed, unknown
from ostiary.parts.deployment import platforms


async def audit_ci(tree: Tree) -> Finding:
    """A delivery network stands in front of the bucket that keeps files."""
    networks, stores = platforms.delivered(tree.deployment)
    if networks.empty and stores.empty:
        return not_applicable("no bucket and no delivery network in infrastructure as code")
    shown = [tree.show(each.place, each.what) for each in (*networks.fine[:2], *stores.fine[:2])]
    if networks.empty or stores.empty:
        missing = "delivery network" if networks.empty else "bucket"
        return unknown(f"no {missing} in infrastructure as code beside what is there", *shown)
    return passed("files lie in a bucket behind a delivery network, as infrastructure as code says", *shown)
