"""Infrastructure as code: logs leave the machine that writes them."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest, unknown
from ostiary.parts.deployment import platforms

QUESTION: Final = (
    "Are security events logged, protected and retained (attach redacted sample entries, the retention setting "
    "and the list of people with access)?"
)


async def audit_ci(tree: Tree) -> Finding:
    """Logs leave the machine that writes them."""
    opinion = platforms.recorded(tree.deployment)
    if opinion.empty:
        return attest(
            f"Nothing here takes logs away from the machine that writes them; it may be done elsewhere. {QUESTION}"
        )
    shown = [tree.show(each.place, each.what) for each in opinion.fine[:3]]
    return unknown("logs leave the machine; which events they hold, and for how long, is not told here", *shown)
