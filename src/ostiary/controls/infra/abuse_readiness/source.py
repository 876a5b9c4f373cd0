"""A threat model and a runbook may lie in the tree; whether they fit this API and were rehearsed, people tell."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest
from ostiary.parts.written import documents, named

QUESTION: Final = (
    "Is the team ready for deliberate abuse of this API (attach the threat model, the abuse runbook with who "
    "may act, and the date of the last rehearsal)?"
)
_FORM: Final = re.compile(
    r"threat[-_ ]?model|abuse[-_ ]?(?:case|runbook|plan)|runbooks?/.*abuse|attack[-_ ]?tree|\.tm7$"
)


async def audit_source(tree: Tree) -> Finding:
    """Name what is written down, and ask."""
    found = documents(tree, _FORM)
    return attest(f"{named(found)} may be the threat model or runbook. {QUESTION}" if found else QUESTION)
