"""A document that has quotas or plans says so."""

from __future__ import annotations

import json
import re
from typing import Final

from ostiary.evidence import Spec
from ostiary.model import Finding, passed, unknown

_SAYS: Final = re.compile(
    r"\bquotas?\b|\b(?:requests|calls)\s+(?:per|a|each)\s+(?:hour|day|month)\b|\"x-(?:rate-?limits?|quotas?|plans)\"|(?:daily|monthly|hourly) (?:limit|allowance)",
    re.IGNORECASE,
)
_MOST: Final = 2_000_000  # characters of a document


async def audit_spec(spec: Spec) -> Finding:
    """Look for plans and quotas in extensions and texts; that they hold, only a live check shows."""
    match = _SAYS.search(json.dumps(spec.document, default=str)[:_MOST])
    if match is None:
        return unknown("the document says nothing of a quota")
    return passed(f"the document speaks of {match[0].strip(chr(34))!r}", spec.at("", "quotas"))
