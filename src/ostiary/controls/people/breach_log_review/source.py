"""A plan for incidents may lie in the tree; whether it works, only a drill tells."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest
from ostiary.parts.written import documents, named

QUESTION: Final = (
    "Can you find out who accessed a given record (attach the incident plan, the log retention, the date of the"
    " last exercise and the time it took)?"
)
_FORM: Final = re.compile(r"incident|breach|forensic|postmortem-template|runbook")


async def audit_source(tree: Tree) -> Finding:
    """Name what is written down, and ask."""
    found = documents(tree, _FORM)
    return attest(f"{named(found)} may be the plan. {QUESTION}" if found else QUESTION)
