"""Which operations of a document answer with what a browser renders."""

from __future__ import annotations

from typing import Final

from ostiary.evidence import Spec
from ostiary.model import Finding, not_applicable, unknown

_ACTIVE: Final = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})


async def audit_spec(spec: Spec) -> Finding:
    """Name them; whether they escape what they show, no document says."""
    found = [each for each in spec.api.operations if _ACTIVE & each.produces]
    if not found:
        return not_applicable("no operation declares a reply that a browser renders")
    shown = [
        spec.at(each.pointer, f"{each.key} answers {', '.join(sorted(_ACTIVE & each.produces))}") for each in found
    ]
    return unknown(f"{len(found)} operations answer with pages; whether they escape, no document says", *shown[:4])
