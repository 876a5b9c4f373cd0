"""A list of demands may lie in the tree; whether they are met, people tell."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.tree import Tree
from ostiary.model import Finding, attest
from ostiary.parts.written import documents, named

QUESTION: Final = (
    "Which regimes and customer clauses apply to this API, and are they met (attach the list with owner, status"
    " and evidence)?"
)
_FORM: Final = re.compile(r"compliance|soc-?2|iso-?27001|pci-?dss|gdpr|hipaa|controls?-?(?:matrix|mapping)")


async def audit_source(tree: Tree) -> Finding:
    """Name what is written down, and ask."""
    found = documents(tree, _FORM)
    return attest(f"{named(found)} may be the list. {QUESTION}" if found else QUESTION)
