"""Infrastructure as code: something measures, and somebody is woken by it."""

from __future__ import annotations

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding


async def audit_ci(tree: Tree) -> Finding:
    """Something measures, and somebody is woken by it."""
    measured, alerted = platforms.watched(tree.deployment)
    if not alerted.empty:
        return finding(measured.add(alerted), tree.show, nothing="", holds="in infrastructure as code")
    if measured.empty:
        return unknown("nothing here measures or alerts; it may be done elsewhere")
    shown = [tree.show(each.place, each.what) for each in measured.fine[:3]]
    return unknown("something measures, and nothing here says who is woken by it", *shown)
