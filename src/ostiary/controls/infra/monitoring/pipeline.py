"""Infrastructure as code: something measures, and somebody is woken by it."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, unknown
from ostiary.parts.deployment import platforms
from ostiary.parts.deployment.opinion import finding

QUESTION: Final = (
    "Who is alerted when the API fails or is attacked (attach the alert rules, the receivers and the last test alert)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """Something measures, and somebody is woken by it."""
    measured, alerted = platforms.watched(tree.deployment)
    if not alerted.empty:
        return finding(measured.add(alerted), tree.show, nothing="", holds="in infrastructure as code")
    if measured.empty:
        return attest(f"Nothing here measures or alerts; it may be done elsewhere. {QUESTION}")
    shown = [tree.show(each.place, each.what) for each in measured.fine[:3]]
    return unknown("something measures, and nothing here says who is woken by it", *shown)
